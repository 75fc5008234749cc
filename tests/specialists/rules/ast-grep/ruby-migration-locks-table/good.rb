class IndexOrders < ActiveRecord::Migration[7.1]
  disable_ddl_transaction!

  def change
    add_index :orders, :customer_id, algorithm: :concurrently
    add_foreign_key :orders, :customers, validate: false
    change_column_null :orders, :note, true
    change_column_default :orders, :state, from: nil, to: "new"
  end
end

class CreateItems < ActiveRecord::Migration[7.1]
  def change
    create_table :items do |t|
      t.string :name
    end
    add_index :items, :name
  end
end
