-- Rule: a business number belongs to one seller
-- Group: whole
-- Reason: Tax statements of a seller are issued to the business number. Numbers that were equal
--     before the constraint existed were kept.
-- Action: CATALOGUE contacts the sellers and finds out whose number it is; the others correct
--     theirs in their account. An impostor is suspended (PUT /admin/sellers/{sellerId}/status).

SELECT 'sellers ' || string_agg(id::text, ', ' ORDER BY id)
    || ' have the same business number: all but one have to correct it'
FROM sellers
GROUP BY biz_number_key(biz_number)
HAVING count(*) > 1
