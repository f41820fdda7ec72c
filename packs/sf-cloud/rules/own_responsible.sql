-- rule: own_responsible
-- subject: deployment
-- params: []
-- reasons:
--   not_own:
--     zh: 部署“{deployment}”的负责人登记为受托方联系人。云上安全的最终责任在委托方，请指定本机构的负责人。
--     en: The person responsible for deployment "{deployment}" is a contact of the provider. The client itself bears final responsibility; name someone of the institution.
--   left:
--     zh: 部署“{deployment}”的负责人已离任。请指定在任的负责人。
--     en: The person responsible for deployment "{deployment}" has left. Name someone in office.
--   nobody:
--     zh: 部署“{deployment}”没有指定负责人，最终安全责任没有落到人。请指定本机构在任的负责人。
--     en: Nobody is named as responsible for deployment "{deployment}", so final responsibility rests on no one. Name someone of the institution.
--   not_shown:
--     zh: 部署“{deployment}”没有关联合同，或合同没有登记职责分工，不知道哪些任务转移给了受托方、哪些留在委托方。请登记并由委托方确定。
--     en: Deployment "{deployment}" names no contract, or the contract has no division of duties settled, so it is open which tasks passed to the provider and which remain. Enter and settle it.
--   own:
--     zh: 部署“{deployment}”的最终安全责任由本机构在任的负责人承担，转移给受托方的任务已在职责分工中写明。
--     en: Someone of the institution in office answers for deployment "{deployment}"; the tasks that passed to the provider stand in the division of duties.
WITH placed AS MATERIALIZED (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, q.id AS person_id,
           CASE WHEN q.id IS NULL THEN 'nobody'
                WHEN EXISTS (SELECT 1 FROM person_roles r WHERE r.id = q.id AND r.value = 'provider_contact') THEN 'not_own'
                WHEN q.state = 'left' THEN 'left'
                ELSE 'own' END AS reason,
           CASE WHEN EXISTS (SELECT 1 FROM provider_duty y
                             WHERE y.contract = d.contract AND y.settled_by IS NOT NULL AND y.settled_on <= yj_today())
                THEN 1 ELSE 0 END AS shown,
           (SELECT min(y.settled_on) FROM provider_duty y
            WHERE y.contract = d.contract AND y.settled_by IS NOT NULL) AS start
    FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN system s ON s.id = d.system
         LEFT JOIN person q ON q.id = d.responsible
), outcome AS (
    SELECT p.subject, p.reason, CASE WHEN p.person_id IS NULL THEN NULL ELSE 'person' END AS proof_kind,
           p.person_id AS proof, CAST(NULL AS TEXT) AS due
    FROM placed p
    UNION ALL
    SELECT p.subject, 'not_shown', NULL, NULL, CASE WHEN p.start > yj_today() THEN yj_add_days(p.start, -1) END
    FROM placed p WHERE p.shown = 0
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'own' THEN 'met' WHEN o.reason IN ('nobody', 'not_own', 'left') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due, CASE WHEN o.proof_kind IS NULL THEN 'deployment' ELSE 'person' END AS proof_kind,
       coalesce(o.proof, o.subject) AS proof, p.deployment AS v_deployment
FROM outcome o JOIN placed p ON p.subject = o.subject
