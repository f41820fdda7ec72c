-- rule: sla_in_force
-- subject: contract
-- params: []
-- reasons:
--   no_sla:
--     zh: 合同《{contract}》没有服务水平协议。请与受托方“{provider}”协商服务水平、签订协议，登记后附上签署件。
--     en: Contract "{contract}" has no service level agreement. Negotiate the service level with provider "{provider}", sign an agreement, register it and attach the signed copy.
--   ahead:
--     zh: 合同《{contract}》的服务水平协议《{sla}》要到{begins}才签订或生效，目前没有有效的协议。请核对日期，或与受托方“{provider}”约定此前的服务水平。
--     en: Service level agreement "{sla}" of contract "{contract}" is signed or takes effect only on {begins}, and none is in force now. Check the dates, or agree the service level for the time before with provider "{provider}".
--   draft:
--     zh: 合同《{contract}》的服务水平协议《{sla}》还在协商，尚未签订。请与受托方“{provider}”完成签订并登记签订日期和签署件。
--     en: Service level agreement "{sla}" of contract "{contract}" is still being negotiated and not signed. Have it signed with provider "{provider}" and register the date and the signed copy.
--   expired:
--     zh: 合同《{contract}》的服务水平协议《{sla}》已于{valid_until}到期，没有其他有效的协议。请与受托方“{provider}”续签。
--     en: Service level agreement "{sla}" of contract "{contract}" ran out on {valid_until}, and no other is in force. Renew it with provider "{provider}".
--   no_date:
--     zh: 服务水平协议《{sla}》标为已签订，但没有登记签订日期。请填写签订日期。
--     en: Service level agreement "{sla}" is marked as signed, but no date of signing is entered. Enter the date.
--   no_copy:
--     zh: 服务水平协议《{sla}》标为已签订，但没有附上协议文件，无法证明已经签订。请上传签署件全文。
--     en: Service level agreement "{sla}" is marked as signed, but no document is attached to prove it. Upload the full signed text.
--   not_negotiated:
--     zh: 服务水平协议《{sla}》已签订，但没有登记协商情况，无法判断服务水平是否经双方协商。请填写协商日期、协商人和协商过程，包括我方提出了什么、最后定为什么。
--     en: Service level agreement "{sla}" is signed, but nothing is entered on how it was negotiated, so whether the level was negotiated cannot be told. Enter date, negotiator and course of the talks, with what was asked and what was agreed.
--   signed:
--     zh: 合同《{contract}》的服务水平协议《{sla}》经{negotiated_on}协商，{signed_on}与受托方“{provider}”签订，有效期至{valid_until}。
--     en: Service level agreement "{sla}" of contract "{contract}" was negotiated on {negotiated_on} and signed with provider "{provider}" on {signed_on}; it is valid until {valid_until}.
--   signed_open:
--     zh: 合同《{contract}》的服务水平协议《{sla}》经{negotiated_on}协商，{signed_on}与受托方“{provider}”签订，没有固定期限。
--     en: Service level agreement "{sla}" of contract "{contract}" was negotiated on {negotiated_on} and signed with provider "{provider}" on {signed_on}, with no fixed end.
WITH base AS (
    SELECT c.id AS subject, s.id AS id, s.title AS title, s.state AS state, s.signed_on AS signed_on,
           s.negotiated_on AS negotiated_on,
           CASE WHEN s.negotiated_on IS NULL OR q.id IS NULL OR s.negotiation IS NULL
                     OR trim(s.negotiation) = '' THEN 1 ELSE 0 END AS silent,
           CASE WHEN EXISTS (SELECT 1 FROM sla_evidence se JOIN evidence e ON e.id = se.value
                             WHERE se.id = s.id) THEN 1 ELSE 0 END AS copies,
           CASE WHEN s.valid_from > s.signed_on THEN s.valid_from
                ELSE coalesce(s.signed_on, s.valid_from) END AS begins,
           coalesce(s.valid_until, c.valid_until) AS ends
    FROM subject x
         JOIN contract c ON c.id = x.id
         JOIN sla s ON s.contract = c.id AND s.state <> 'ended'
         LEFT JOIN person q ON q.id = s.negotiated_by
),
rated AS (
    SELECT b.subject AS subject, b.id AS id, b.title AS title, b.signed_on AS signed_on,
           b.negotiated_on AS negotiated_on, b.begins AS begins, b.ends AS ends,
           CASE
               WHEN b.state = 'draft' THEN 'draft'
               WHEN b.ends < yj_today() THEN 'expired'
               WHEN b.begins > yj_today() THEN 'ahead'
               WHEN b.signed_on IS NULL THEN 'no_date'
               WHEN b.copies = 0 THEN 'no_copy'
               WHEN b.silent = 1 THEN 'not_negotiated'
               WHEN b.ends IS NULL THEN 'signed_open'
               ELSE 'signed'
           END AS reason
    FROM base b
),
counted AS (
    SELECT x.id AS subject,
           (SELECT count(*) FROM rated r WHERE r.subject = x.id
             AND r.reason NOT IN ('draft', 'expired', 'ahead')) AS running,
           (SELECT min(r.begins) FROM rated r WHERE r.subject = x.id AND r.reason = 'ahead') AS next_begin
    FROM subject x
),
chosen AS (
    SELECT r.subject AS subject, r.id AS proof, r.reason AS reason, r.title AS sla, r.begins AS begins,
           r.ends AS ends, r.signed_on AS signed_on, r.negotiated_on AS negotiated_on,
           CASE WHEN n.next_begin <= r.ends AND r.ends >= yj_today() THEN yj_add_days(n.next_begin, -1)
                WHEN r.ends >= yj_today() AND r.reason <> 'draft' AND r.reason <> 'ahead' THEN r.ends
                ELSE yj_add_days(n.next_begin, -1) END AS due
    FROM rated r
         JOIN counted n ON n.subject = r.subject
    WHERE n.running = 0 OR r.reason NOT IN ('draft', 'expired', 'ahead')
    UNION ALL
    SELECT n.subject, NULL, 'no_sla', NULL, NULL, NULL, NULL, NULL, NULL
    FROM counted n
    WHERE NOT EXISTS (SELECT 1 FROM rated r WHERE r.subject = n.subject)
)
SELECT w.subject AS subject,
       CASE WHEN w.reason IN ('signed', 'signed_open') THEN 'met'
            WHEN w.reason IN ('no_date', 'no_copy', 'not_negotiated') THEN 'unknown'
            ELSE 'unmet' END AS status,
       w.reason AS reason, w.due AS due,
       'sla' AS proof_kind, w.proof AS proof,
       c.title AS v_contract, p.name AS v_provider, w.sla AS v_sla, w.begins AS v_begins,
       w.ends AS v_valid_until, w.signed_on AS v_signed_on, w.negotiated_on AS v_negotiated_on
FROM chosen w
     JOIN contract c ON c.id = w.subject
     LEFT JOIN provider p ON p.id = c.provider
