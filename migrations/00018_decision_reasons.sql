-- The words of an admin's decision stay out of workflow histories: the signal names
-- the decision, and its words are here.

-- +goose Up
CREATE TABLE refund_decision_reasons (
    refund_id   bigint       NOT NULL REFERENCES refunds,
    decision_id varchar(300) NOT NULL,
    reason      varchar(255) NOT NULL,
    created_at  timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (refund_id, decision_id)
);
