resource "azurerm_storage_account" "data" {
  # ruleid: terraform-tls-off
  https_traffic_only_enabled = false
  # ruleid: terraform-tls-off
  min_tls_version = "TLS1_0"
}
