-- Signed evidence that is believed: by a key that was trusted of such a statement on the day on which it was accepted
-- here. A revoked key goes on being believed of what came before the day of its revocation, without that day of nothing.
SELECT e.id AS id, e.statement AS statement, e.statement_fine AS statement_fine, e.statement_matched AS statement_matched,
       e.statement_faulty AS statement_faulty, e.statement_outcome AS statement_outcome, e.statement_read AS statement_read,
       e.statement_expected AS statement_expected, e.statement_earlier AS statement_earlier,
       e.statement_inventory AS statement_inventory, e.statement_grade AS statement_grade,
       e.measured_until AS measured_until, e.accepted_on AS accepted_on
FROM evidence e JOIN trusted_key k ON k.id = e.signed_by
     JOIN trusted_key_trusted_for t ON t.id = k.id AND t.value = e.statement
WHERE (k.state = 'trusted' OR (k.state = 'revoked' AND e.accepted_on < k.revoked_from))
  AND e.accepted_on >= coalesce(k.valid_from, e.accepted_on)
  AND e.accepted_on <= coalesce(k.valid_until, e.accepted_on)
