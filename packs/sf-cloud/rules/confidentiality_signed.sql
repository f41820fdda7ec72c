-- rule: confidentiality_signed
-- subject: provider
-- params: [model, placed]
-- reasons:
--   none:
--     zh: 与受托方“{provider}”没有签订适用于{:model|choice:contract.model}的保密协议，而它正在或即将为本机构提供{:model|choice:contract.model}服务。请签订保密协议并登记起止日期，附上签署件。
--     en: No confidentiality agreement for {:model|choice:contract.model} has been made with provider "{provider}", which is engaged for such a service. Sign one, register its first and last day and attach the signed copy.
--   ahead:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》要到{begins}才签订或生效，目前没有有效的保密协议。请核对日期，或签订覆盖当前的保密协议。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" is signed or takes effect only on {begins}, and none is in force now. Check the dates, or sign one that covers the present.
--   draft:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》仍在拟订，尚未签订。请完成签订并登记签订日期和签署件。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" is still a draft and not signed. Have it signed and register the date and the signed copy.
--   expired:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》已于{valid_until}到期，没有其他有效的保密协议。请续签。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" ran out on {valid_until}, and no other is in force. Renew it.
--   no_date:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》标为已签订，但没有登记签订日期。请填写签订日期。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" is marked as signed, but no date of signing is entered. Enter the date.
--   no_copy:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》标为已签订，但没有附上签署件，无法证明已经签订。请上传签署件全文。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" is marked as signed, but no signed copy is attached to prove it. Upload the full signed text.
--   signed:
--     zh: 与受托方“{provider}”于{signed_on}签订了适用于{:model|choice:contract.model}的保密协议《{agreement}》，目前有效。
--     en: Confidentiality agreement "{agreement}" for {:model|choice:contract.model} was signed with provider "{provider}" on {signed_on} and is in force.
--   not_engaged:
--     zh: 受托方“{provider}”目前没有正在获取、运行或退出的{:model|choice:contract.model}部署。
--     en: Provider "{provider}" has no deployment as {:model|choice:contract.model} that is being acquired, running or exiting.
WITH engaged AS (
    SELECT x.id AS subject,
           CASE WHEN EXISTS (SELECT 1 FROM platform pl JOIN deployment d ON d.platform = pl.id
                             WHERE pl.provider = x.id AND coalesce(d.model, pl.model) = :model
                               AND ' ' || :placed || ' ' LIKE '% ' || d.state || ' %')
                THEN 1 ELSE 0 END AS live
    FROM subject x
),
rated AS (
    SELECT g.subject AS subject, a.id AS id, a.title AS title, a.signed_on AS signed_on,
           a.valid_until AS valid_until,
           CASE WHEN a.valid_from > a.signed_on THEN a.valid_from
                ELSE coalesce(a.signed_on, a.valid_from) END AS begins,
           CASE
               WHEN a.state = 'draft' THEN 'draft'
               WHEN a.valid_until < yj_today() THEN 'expired'
               WHEN a.signed_on > yj_today() OR a.valid_from > yj_today() THEN 'ahead'
               WHEN a.signed_on IS NULL THEN 'no_date'
               WHEN NOT EXISTS (SELECT 1 FROM confidentiality_agreement_evidence ae
                                JOIN evidence e ON e.id = ae.value WHERE ae.id = a.id) THEN 'no_copy'
               ELSE 'signed'
           END AS reason
    FROM engaged g
         JOIN confidentiality_agreement a ON a.provider = g.subject AND a.state <> 'ended'
         JOIN confidentiality_agreement_models am ON am.id = a.id AND am.value = :model
    WHERE g.live = 1
),
best AS MATERIALIZED (
    SELECT g.subject AS subject, g.live AS live,
           (SELECT count(*) FROM rated r WHERE r.subject = g.subject AND r.reason = 'signed') AS good,
           (SELECT count(*) FROM rated r WHERE r.subject = g.subject
             AND r.reason IN ('no_date', 'no_copy')) AS doubtful,
           (SELECT max(coalesce(r.valid_until, '9999-12-31')) FROM rated r
             WHERE r.subject = g.subject AND r.reason = 'signed') AS good_until,
           (SELECT min(r.begins) FROM rated r
             WHERE r.subject = g.subject AND r.reason = 'ahead') AS next_begin,
           (SELECT min(r.valid_until) FROM rated r
             WHERE r.subject = g.subject AND r.reason IN ('no_date', 'no_copy')) AS doubt_until
    FROM engaged g
)
SELECT b.subject AS subject,
       CASE WHEN b.live = 0 THEN 'not_applicable'
            WHEN b.good > 0 THEN 'met'
            WHEN b.doubtful > 0 THEN 'unknown'
            ELSE 'unmet' END AS status,
       CASE WHEN b.live = 0 THEN 'not_engaged' ELSE coalesce(r.reason, 'none') END AS reason,
       CASE WHEN b.good_until < '9999-12-31' THEN b.good_until
            WHEN b.good > 0 THEN NULL
            WHEN b.next_begin <= b.doubt_until THEN yj_add_days(b.next_begin, -1)
            WHEN b.doubt_until IS NOT NULL THEN b.doubt_until
            ELSE yj_add_days(b.next_begin, -1) END AS due,
       'confidentiality_agreement' AS proof_kind, r.id AS proof,
       p.name AS v_provider, r.title AS v_agreement, r.signed_on AS v_signed_on, r.begins AS v_begins,
       r.valid_until AS v_valid_until
FROM best b
     JOIN provider p ON p.id = b.subject
     LEFT JOIN rated r ON r.subject = b.subject
          AND (r.reason = 'signed'
               OR (b.good = 0 AND r.reason IN ('no_date', 'no_copy'))
               OR (b.good = 0 AND b.doubtful = 0))
