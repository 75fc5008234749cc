class AddState < ActiveRecord::Migration[7.1]
  def change
    # ruleid: ruby-migration-required-column
    add_column :orders, :state, :string, null: false
    # ruleid: ruby-migration-required-column
    add_reference :orders, :customer, null: false
  end
end
