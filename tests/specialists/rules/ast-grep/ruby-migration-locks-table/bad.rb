class IndexOrders < ActiveRecord::Migration[7.1]
  def change
    # ruleid: ruby-migration-locks-table
    add_index :orders, :customer_id
    # ruleid: ruby-migration-locks-table
    change_column :orders, :total, :decimal
    # ruleid: ruby-migration-locks-table
    change_column_null :orders, :customer_id, false
    # ruleid: ruby-migration-locks-table
    add_foreign_key :orders, :customers
  end
end
