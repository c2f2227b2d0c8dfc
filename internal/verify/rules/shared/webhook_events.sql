-- The events of webhooks, by the action of the audit log that each follows from, with the field of
-- the payload that has the id of the action's subject.

WITH webhook_event (action, event, id_field) AS (
    VALUES ('PAYMENT_SUCCESS', 'order.paid', 'paymentId'),
        ('ORDER_ITEM_CHANGED', 'order.shipped', 'orderItemId'),
        ('PARCEL_SHIPPED', 'parcel.shipped', 'parcelId'),
        ('PARCEL_DELIVERED', 'parcel.delivered', 'parcelId'),
        ('REFUND_SUCCESS', 'order.refunded', 'refundId'),
        ('SETTLEMENT_COMPLETED', 'settlement.completed', 'settlementId'),
        ('PAYOUT_SUCCESS', 'payout.paid', 'payoutId'),
        ('PAYOUT_FAILED', 'payout.failed', 'payoutId')
)
