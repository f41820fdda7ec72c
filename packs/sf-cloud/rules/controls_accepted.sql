-- rule: controls_accepted
-- subject: platform
-- params: []
-- reasons:
--   rejected:
--     zh: 平台“{platform}”的控制措施“{control}”未获委托方认可，{area|choice:provider_control.area}没有其他已认可的措施。请要求受托方改进后重新提出。
--     en: 'The client did not accept control "{control}" of platform "{platform}" and none other is accepted for {area|choice:provider_control.area}. Require the provider to improve it and propose it again.'
--   overdue:
--     zh: 平台“{platform}”的控制措施“{control}”应不晚于 {until} 复看，已过期。请重新评审并认可。
--     en: Control "{control}" of platform "{platform}" was to be looked at again by {until}. Do so and accept it anew.
--   undecided:
--     zh: 平台“{platform}”的控制措施“{control}”没有完成确定或认可（须有认可人、认可日期、认可意见和复看日期）。请评审并登记。
--     en: 'Control "{control}" of platform "{platform}" is not determined or accepted yet (who, when, on what grounds, and when it is looked at again). Decide and enter it.'
--   missing:
--     zh: 按职责分工，受托方要在“{area|choice:provider_control.area}”承担责任，但没有登记平台“{platform}”在这方面的控制措施。请要求受托方提供，由委托方确定或认可。
--     en: 'By the division of duties the provider is responsible for {area|choice:provider_control.area}, but no control of platform "{platform}" is entered there. Ask the provider, then determine or accept it.'
--   no_duties:
--     zh: 平台“{platform}”上运行的部署没有合同，或合同没有登记由受托方承担的职责分工，不知道应有哪些控制措施。请先登记。
--     en: Deployments on platform "{platform}" have no contract, or it has no duties of the provider entered, so it is open which controls are due. Enter them first.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，暂无需认可。
--     en: Nothing is in operation on platform "{platform}", so no controls are to be accepted yet.
--   accepted:
--     zh: 平台“{platform}”的控制措施“{control}”已由委托方于 {day} 确定或认可，应不晚于 {until} 复看。
--     en: Control "{control}" of platform "{platform}" was determined or accepted by the client on {day}; it is looked at again by {until}.
WITH cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running
    FROM subject x JOIN platform p ON p.id = x.id
), owed AS MATERIALIZED (
    SELECT DISTINCT c.subject, y.area
    FROM cloud c JOIN deployment d ON d.platform = c.subject JOIN provider_duty y ON y.contract = d.contract
    WHERE d.state IN ('operating', 'exiting') AND y.holder <> 'client'
), held AS MATERIALIZED (
    SELECT c.subject, k.id AS control_id, k.area, k.name, k.decided_on, k.review_by,
           CASE WHEN k.state = 'rejected' THEN 'rejected'
                WHEN k.state <> 'accepted' OR k.decided_by IS NULL OR k.decided_on IS NULL OR k.decision IS NULL
                     OR trim(k.decision) = '' OR k.review_by IS NULL OR k.decided_on > yj_today() THEN 'undecided'
                WHEN k.review_by < yj_today() THEN 'overdue'
                ELSE 'accepted' END AS reason
    FROM cloud c JOIN provider_control k ON k.platform = c.subject
), outcome AS (
    SELECT c.subject, CASE WHEN c.running = 0 THEN 'not_running' ELSE 'no_duties' END AS reason,
           CAST(NULL AS TEXT) AS area, CAST(NULL AS TEXT) AS control_id
    FROM cloud c WHERE NOT EXISTS (SELECT 1 FROM owed w WHERE w.subject = c.subject)
    UNION ALL
    SELECT w.subject, 'missing', w.area, NULL
    FROM owed w WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = w.subject AND h.area = w.area)
    UNION ALL
    SELECT w.subject, h.reason, w.area, h.control_id
    FROM owed w JOIN held h ON h.subject = w.subject AND h.area = w.area
    WHERE h.reason <> 'rejected'
       OR NOT EXISTS (SELECT 1 FROM held g WHERE g.subject = w.subject AND g.area = w.area AND g.reason <> 'rejected')
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'accepted' THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('no_duties', 'undecided') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'accepted' THEN h.review_by
            WHEN h.decided_on > yj_today() THEN yj_add_days(h.decided_on, -1) END AS due,
       CASE WHEN o.control_id IS NULL THEN 'platform' ELSE 'provider_control' END AS proof_kind,
       coalesce(o.control_id, o.subject) AS proof,
       c.name AS v_platform, o.area AS v_area, h.name AS v_control, h.decided_on AS v_day, h.review_by AS v_until
FROM outcome o JOIN cloud c ON c.subject = o.subject LEFT JOIN held h ON h.control_id = o.control_id
