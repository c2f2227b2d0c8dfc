-- name: AnnounceObject :exec
INSERT INTO image_uploads (object_key, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: ForgetObjects :exec
DELETE FROM image_uploads WHERE object_key = ANY (@object_keys::text[]);

-- name: OrphanedObjects :many
SELECT object_key FROM image_uploads WHERE created_at < @before ORDER BY created_at LIMIT @chunk;

-- name: CountImages :one
SELECT count(*) FROM product_image WHERE product_id = $1;

-- name: UnsetRepresentative :exec
UPDATE product_image SET representative = false WHERE product_id = $1 AND representative;

-- name: AddImage :one
-- Adds an image at a place, or as the last one.
INSERT INTO product_image (product_id, object_key, sort_order, representative, width, height)
VALUES (@product_id, @object_key, coalesce(sqlc.narg('sort_order')::int, (SELECT coalesce(max(i.sort_order), -1) + 1
    FROM product_image i WHERE i.product_id = @product_id)), @representative, @width, @height) RETURNING *;

-- name: OrderImages :execrows
-- Puts the images of a product in an order. The first one is the representative image.
UPDATE product_image i SET sort_order = n.position - 1, representative = n.position = 1
FROM unnest(@ids::bigint[]) WITH ORDINALITY AS n (id, position)
WHERE i.id = n.id AND i.product_id = @product_id;

-- name: ListImages :many
SELECT * FROM product_image WHERE product_id = $1 ORDER BY representative DESC, sort_order, id;

-- name: DeleteImage :one
DELETE FROM product_image WHERE id = $1 AND product_id = $2 RETURNING *;

-- name: ListThumbnails :many
SELECT DISTINCT ON (product_id) product_id, object_key, width FROM product_image
WHERE product_id = ANY (@product_ids::bigint[])
ORDER BY product_id, representative DESC, sort_order, id;
