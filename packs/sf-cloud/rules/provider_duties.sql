-- rule: provider_duties
-- subject: contract
-- params: []
-- reasons:
--   missing:
--     zh: 合同《{contract}》还没有确定“{area|choice:provider_duty.area}”由谁负责。请与受托方“{provider}”商定责任方和受托方的具体职责并登记。
--     en: Under contract "{contract}" it is not settled who is responsible for "{area|choice:provider_duty.area}". Agree with provider "{provider}" on the responsible side and the provider's duty, and register them.
--   empty:
--     zh: 合同《{contract}》把“{area|choice:provider_duty.area}”交由受托方负责或双方分担，却没有写明受托方“{provider}”具体做什么。请填写其职责。
--     en: Contract "{contract}" leaves "{area|choice:provider_duty.area}" to the provider or to both sides, but does not say what provider "{provider}" is to do. Enter its duty.
--   all_client:
--     zh: 合同《{contract}》登记的各方面全部由委托方负责，受托方“{provider}”没有任何职责。请核对分工，至少机房和云平台通常由受托方负责。
--     en: In every area registered under contract "{contract}" the client bears all, and provider "{provider}" has no duty whatever. Check the division; facility and platform at least are normally the provider's.
--   unsettled:
--     zh: 合同《{contract}》“{area|choice:provider_duty.area}”的分工已登记，但没有写明由谁在何时确定。请填写确定人和确定日期。
--     en: The division of duties for "{area|choice:provider_duty.area}" under contract "{contract}" is registered, but not who settled it and when. Enter both.
--   settled_ahead:
--     zh: 合同《{contract}》“{area|choice:provider_duty.area}”的确定日期{settled_on}还没有到。请核对日期。
--     en: The date on which "{area|choice:provider_duty.area}" under contract "{contract}" is said to have been settled, {settled_on}, lies ahead. Check the date.
--   settled:
--     zh: 合同《{contract}》已确定以下各方面的责任方和受托方“{provider}”的职责：{area|choice:provider_duty.area}。
--     en: Under contract "{contract}" the responsible side and the duty of provider "{provider}" are settled for {area|choice:provider_duty.area}.
WITH need AS (
    SELECT 'facility' AS area UNION ALL SELECT 'platform' UNION ALL SELECT 'network' UNION ALL SELECT 'access'
    UNION ALL SELECT 'data' UNION ALL SELECT 'monitoring' UNION ALL SELECT 'backup' UNION ALL SELECT 'incident'
    UNION ALL SELECT 'change' UNION ALL SELECT 'exit'
),
party AS MATERIALIZED (
    SELECT c.id AS subject, c.title AS contract, p.name AS provider
    FROM subject x
         JOIN contract c ON c.id = x.id
         LEFT JOIN provider p ON p.id = c.provider
),
held AS MATERIALIZED (
    SELECT t.subject AS subject, t.contract AS contract, t.provider AS provider, y.id AS proof, y.area AS area,
           y.settled_on AS settled_on, CASE WHEN y.holder <> 'client' THEN 1 ELSE 0 END AS shared,
           CASE
               WHEN y.holder <> 'client' AND (y.duty IS NULL OR trim(y.duty) = '') THEN 'empty'
               WHEN q.id IS NULL OR y.settled_on IS NULL THEN 'unsettled'
               WHEN y.settled_on > yj_today() THEN 'settled_ahead'
               ELSE 'settled'
           END AS reason
    FROM party t
         JOIN provider_duty y ON y.contract = t.subject
         LEFT JOIN person q ON q.id = y.settled_by
),
found AS (
    SELECT h.subject AS subject, h.contract AS contract, h.provider AS provider, h.area AS area,
           h.proof AS proof, h.settled_on AS settled_on, h.reason AS reason
    FROM held h
    WHERE h.area IN (SELECT n.area FROM need n)
    UNION ALL
    SELECT t.subject, t.contract, t.provider, n.area, NULL, NULL, 'missing'
    FROM party t
         CROSS JOIN need n
    WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = t.subject AND h.area = n.area)
    UNION ALL
    SELECT t.subject, t.contract, t.provider, NULL, NULL, NULL, 'all_client'
    FROM party t
    WHERE EXISTS (SELECT 1 FROM held h WHERE h.subject = t.subject)
      AND NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = t.subject AND h.shared = 1)
)
SELECT f.subject AS subject,
       CASE WHEN f.reason = 'settled' THEN 'met'
            WHEN f.reason IN ('unsettled', 'settled_ahead') THEN 'unknown'
            ELSE 'unmet' END AS status,
       f.reason AS reason,
       CASE WHEN f.reason = 'settled_ahead' THEN yj_add_days(f.settled_on, -1) ELSE NULL END AS due,
       'provider_duty' AS proof_kind, f.proof AS proof,
       f.contract AS v_contract, f.provider AS v_provider, f.area AS v_area, f.settled_on AS v_settled_on
FROM found f
