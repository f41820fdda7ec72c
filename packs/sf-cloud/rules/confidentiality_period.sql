-- rule: confidentiality_period
-- subject: provider
-- params: [model, placed]
-- reasons:
--   no_period:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》没有明确的截止日期（协议表述：{wording}）。请与受托方约定起止日期，或能算出截止日期的期限，并登记。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" has no definite last day (its wording - {wording}). Agree on a first and last day, or on a term from which the last day follows, and register it.
--   expired:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》的有效周期已于{valid_until}届满，没有其他在有效周期内的保密协议。请续签并登记新的起止日期。
--     en: The period of confidentiality agreement "{agreement}" with provider "{provider}" ended on {valid_until}, and no other agreement is within its period. Renew it and register the new dates.
--   no_place:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》登记了有效期至{valid_until}，但没有写明协议哪一条约定了期限。请补填期限条款的位置。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" is registered as valid until {valid_until}, but not which clause says so. Enter the place of the period clause.
--   ahead:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》要到{begins}才开始，目前没有在有效周期内的保密协议。请核对日期。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" begins only on {begins}, and none is within its period now. Check the dates.
--   none:
--     zh: 没有登记与受托方“{provider}”签订的、适用于{:model|choice:contract.model}的保密协议，无从判断其有效周期。请签订并登记起止日期。
--     en: No signed confidentiality agreement with provider "{provider}" for {:model|choice:contract.model} is registered, so its period cannot be judged. Sign one and register its first and last day.
--   definite:
--     zh: 与受托方“{provider}”的保密协议《{agreement}》有明确的有效周期：{begins}至{valid_until}，见{place}。
--     en: Confidentiality agreement "{agreement}" with provider "{provider}" has a definite period, from {begins} to {valid_until}, see {place}.
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
    SELECT g.subject AS subject, a.id AS id, a.title AS title, a.valid_until AS valid_until,
           a.period_wording AS wording, a.period_place AS place,
           coalesce(a.valid_from, a.signed_on) AS begins,
           CASE
               WHEN a.valid_until < yj_today() THEN 'expired'
               WHEN coalesce(a.valid_from, a.signed_on) > yj_today() THEN 'ahead'
               WHEN a.valid_until IS NULL OR coalesce(a.valid_from, a.signed_on) IS NULL THEN 'no_period'
               WHEN a.period_place IS NULL THEN 'no_place'
               ELSE 'definite'
           END AS reason
    FROM engaged g
         JOIN confidentiality_agreement a ON a.provider = g.subject AND a.state = 'signed'
         JOIN confidentiality_agreement_models am ON am.id = a.id AND am.value = :model
    WHERE g.live = 1
),
best AS MATERIALIZED (
    SELECT g.subject AS subject, g.live AS live,
           (SELECT count(*) FROM rated r WHERE r.subject = g.subject AND r.reason = 'definite') AS good,
           (SELECT count(*) FROM rated r WHERE r.subject = g.subject AND r.reason = 'no_place') AS doubtful,
           (SELECT count(*) FROM rated r WHERE r.subject = g.subject) AS any_at_all,
           (SELECT max(r.valid_until) FROM rated r
             WHERE r.subject = g.subject AND r.reason = 'definite') AS good_until,
           (SELECT min(r.begins) FROM rated r
             WHERE r.subject = g.subject AND r.reason = 'ahead') AS next_begin,
           (SELECT min(r.valid_until) FROM rated r
             WHERE r.subject = g.subject AND r.reason = 'no_place') AS doubt_until
    FROM engaged g
)
SELECT b.subject AS subject,
       CASE WHEN b.live = 0 THEN 'not_applicable'
            WHEN b.good > 0 THEN 'met'
            WHEN b.doubtful > 0 OR b.any_at_all = 0 THEN 'unknown'
            ELSE 'unmet' END AS status,
       CASE WHEN b.live = 0 THEN 'not_engaged' ELSE coalesce(r.reason, 'none') END AS reason,
       CASE WHEN b.good > 0 THEN b.good_until
            WHEN b.next_begin <= b.doubt_until THEN yj_add_days(b.next_begin, -1)
            WHEN b.doubt_until IS NOT NULL THEN b.doubt_until
            ELSE yj_add_days(b.next_begin, -1) END AS due,
       'confidentiality_agreement' AS proof_kind, r.id AS proof,
       p.name AS v_provider, r.title AS v_agreement, r.begins AS v_begins, r.valid_until AS v_valid_until,
       r.wording AS v_wording, r.place AS v_place
FROM best b
     JOIN provider p ON p.id = b.subject
     LEFT JOIN rated r ON r.subject = b.subject
          AND (r.reason = 'definite'
               OR (b.good = 0 AND r.reason = 'no_place')
               OR (b.good = 0 AND b.doubtful = 0))
