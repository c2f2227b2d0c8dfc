-- name: PartitionedTables :many
SELECT table_name FROM partitioned_tables ORDER BY table_name;

-- name: ExtendPartitions :one
SELECT extend_partitions(@parent);
