class DropNotes < ActiveRecord::Migration[7.1]
  def up
    # ruleid: ruby-migration-drops-data
    remove_column :orders, :note
    # ruleid: ruby-migration-drops-data
    rename_column :orders, :sum, :total
    # ruleid: ruby-migration-drops-data
    drop_table :old_orders
  end

  def down
    add_column :orders, :note, :text
  end
end
