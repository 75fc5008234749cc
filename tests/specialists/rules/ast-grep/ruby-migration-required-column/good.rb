class AddState < ActiveRecord::Migration[7.1]
  def change
    add_column :orders, :state, :string, null: false, default: "new"
    add_column :orders, :note, :text
    add_reference :orders, :customer
  end
end
