"""What `kubectl get` prints of each kind, column by column. Each module has a table `COLUMNS` from kinds to their columns; `http.tables` puts them together.

Names, order, types and contents follow k8s.io/kubernetes/pkg/printers/internalversion/printers.go. Left out: the columns' descriptions.
"""
