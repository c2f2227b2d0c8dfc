-- Account addresses become canonical in three steps: this file, emails.go (39) and 00043. An
-- account whose address has no canonical form, or one that another account has, is reported here
-- and keeps a placeholder address until an operator gives it another.

-- +goose Up
CREATE TABLE email_conflicts (
    role       varchar(10)  NOT NULL CHECK (role IN ('BUYER', 'SELLER', 'ADMIN')),
    account_id bigint       NOT NULL,
    email      varchar(100) NOT NULL, -- as it was
    canonical  varchar(100),          -- null if it has no canonical form, else the address that another account has
    created_at timestamptz  NOT NULL DEFAULT now(),
    PRIMARY KEY (role, account_id)
);

-- The release before writes addresses as they were typed.
-- +goose StatementBegin
CREATE FUNCTION fold_email() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    NEW.email := translate(NEW.email, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER buyers_fold_email BEFORE INSERT OR UPDATE OF email ON buyers FOR EACH ROW EXECUTE FUNCTION fold_email();
CREATE TRIGGER sellers_fold_email BEFORE INSERT OR UPDATE OF email ON sellers FOR EACH ROW EXECUTE FUNCTION fold_email();
CREATE TRIGGER admins_fold_email BEFORE INSERT OR UPDATE OF email ON admins FOR EACH ROW EXECUTE FUNCTION fold_email();
