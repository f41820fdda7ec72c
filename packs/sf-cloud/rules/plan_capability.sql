-- rule: plan_capability
-- subject: deployment
-- params: [topics, satisfy, running]
-- reasons:
--   plan_not_approved:
--     zh: 安全方案“{plan}”尚未获批或已废止，不能作为选择受托方的依据。请先批准方案，或改为引用现行方案。
--     en: Security plan "{plan}" is not approved or no longer in force, so it cannot be what the provider is held against. Have it approved, or refer to the plan in force.
--   model_differs:
--     zh: 平台“{platform}”为{platform_model|choice:platform.model}，不在方案要求“{requirement}”可接受的部署模式之内。请改选平台或修订方案。
--     en: 'Platform "{platform}" is {platform_model|choice:platform.model}, which plan requirement "{requirement}" does not accept. Choose another platform or revise the plan.'
--   location_outside:
--     zh: 平台“{platform}”的数据存储地点中，{outside|choice:capability.locations}不在方案要求“{requirement}”允许的范围内。请受托方改用允许的地点，或修订方案。
--     en: 'Platform "{platform}" stores data in places that plan requirement "{requirement}" does not allow: {outside|choice:capability.locations}. Have the provider use allowed places, or revise the plan.'
--   unit_differs:
--     zh: 能力评价与方案要求“{requirement}”的单位不一致，无法比较。请按方案的单位（{unit|choice:plan_requirement.unit}）填写平台“{platform}”提供的数值。
--     en: 'The appraisal uses another unit than plan requirement "{requirement}", so they cannot be compared. Enter what platform "{platform}" offers in the unit of the plan ({unit|choice:plan_requirement.unit}).'
--   amount_short:
--     zh: 平台“{platform}”提供的数值达不到方案要求：{gap}（前为提供值，后为要求值，单位：{unit|choice:plan_requirement.unit}）。请与受托方商定提高，或另选受托方。
--     en: 'What platform "{platform}" offers falls short of the plan: {gap} (offered against demanded, in {unit|choice:plan_requirement.unit}). Agree on an improvement or choose another provider.'
--   fails:
--     zh: 经评价，平台“{platform}”不能完全满足方案要求：{shortfall}（括号内为受托方提供的）。请与受托方商定补足后重新评价，或另选受托方。
--     en: 'By the appraisal platform "{platform}" does not fully meet the plan (what is offered in brackets): {shortfall}. Have the provider make it good and appraise again, or choose another provider.'
--   not_weighed:
--     zh: 部署“{deployment}”上线之前没有就这些方面对平台作过评价：{topic|choice:plan_requirement.topic}。请评价并由另一人确认。
--     en: 'Before deployment "{deployment}" goes live, the platform must be appraised on these, and was not: {topic|choice:plan_requirement.topic}. Appraise it and have another person confirm.'
--   no_plan:
--     zh: 部署“{deployment}”没有指明安全方案，无从对照受托方的能力。请指明所依据的方案。
--     en: Deployment "{deployment}" names no security plan to hold the provider against. Name the plan it follows.
--   no_platform:
--     zh: 部署“{deployment}”尚未选定云计算平台，请选定后再评价其能力。
--     en: Deployment "{deployment}" has no platform yet. Choose one, then appraise its capability.
--   plan_empty:
--     zh: 安全方案“{plan}”没有登记任何对受托方的要求，请逐条登记。
--     en: Security plan "{plan}" has no requirement on the provider entered. Enter them one by one.
--   not_demanded:
--     zh: 安全方案“{plan}”没有提出这些方面的要求：{topic|choice:plan_requirement.topic}。请在方案中明确并登记，再作能力评价。
--     en: 'Security plan "{plan}" demands nothing on: {topic|choice:plan_requirement.topic}. Settle it in the plan, enter it, then appraise the capability.'
--   demand_open:
--     zh: 方案要求“{requirement}”没有选择可接受的部署模式或存储地点，无法比较。请补填。
--     en: Plan requirement "{requirement}" does not say which models or places are accepted, so nothing can be compared. Enter them.
--   not_appraised:
--     zh: 平台“{platform}”还没有就这些方案要求作能力评价：{requirement}。请评价并由另一人确认。
--     en: 'Platform "{platform}" has not been appraised on these plan requirements: {requirement}. Appraise it and have another person confirm.'
--   not_confirmed:
--     zh: 平台“{platform}”就这些方案要求的能力评价尚未完成：{requirement}。请填写结论，并由评价人以外的人确认。
--     en: 'The appraisal of platform "{platform}" on these plan requirements is not complete: {requirement}. Enter the conclusion and have someone other than the appraiser confirm it.'
--   no_evidence:
--     zh: 平台“{platform}”就这些方案要求的能力评价没有附证据：{requirement}。请附受托方的技术文件、报价或测试记录。
--     en: 'The appraisal of platform "{platform}" on these plan requirements has no evidence: {requirement}. Attach the provider''s documents, offer or test records.'
--   offer_missing:
--     zh: 平台“{platform}”就这些方案要求的能力评价没有填写数值或存储地点：{requirement}。请补填，以便与方案比较。
--     en: 'The appraisal of platform "{platform}" on these plan requirements gives no amount or place: {requirement}. Enter it, so that it can be compared with the plan.'
--   meets:
--     zh: 平台“{platform}”满足安全方案的要求：{requirement}；评价均有证据并经另一人确认。
--     en: 'Platform "{platform}" meets the security plan on: {requirement}. Each appraisal has evidence and was confirmed by another person.'
--   weighed:
--     zh: 选择平台“{platform}”时已对照方案评价：{requirement}；评价均有证据并经另一人确认。
--     en: 'In choosing platform "{platform}" these were weighed against the plan: {requirement}. Each appraisal has evidence and was confirmed by another person.'
WITH topic AS (
    SELECT 'deployment_model' AS id UNION ALL SELECT 'data_location' UNION ALL SELECT 'interfaces'
    UNION ALL SELECT 'documents' UNION ALL SELECT 'continuity' UNION ALL SELECT 'recovery'
    UNION ALL SELECT 'response' UNION ALL SELECT 'scalability' UNION ALL SELECT 'availability'
    UNION ALL SELECT 'portability' UNION ALL SELECT 'interoperability' UNION ALL SELECT 'functions'
    UNION ALL SELECT 'capacity' UNION ALL SELECT 'performance' UNION ALL SELECT 'charge_resources'
    UNION ALL SELECT 'charge_bandwidth' UNION ALL SELECT 'charge_supervision' UNION ALL SELECT 'charge_exit'
    UNION ALL SELECT 'charge_training' UNION ALL SELECT 'products_network' UNION ALL SELECT 'products_security'
    UNION ALL SELECT 'products_monitoring' UNION ALL SELECT 'products_audit'
    UNION ALL SELECT 'products_interfaces' UNION ALL SELECT 'liability'
), wanted AS (
    SELECT topic.id FROM topic WHERE ' ' || :topics || ' ' LIKE '% ' || topic.id || ' %'
), cloud AS (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, d.system,
           CASE WHEN ' ' || :running || ' ' LIKE '% ' || d.state || ' %' THEN 1 ELSE 0 END AS live, sp.id AS plan_id, sp.title AS plan, sp.state AS plan_state,
           p.id AS platform_id, p.name AS platform, p.model AS platform_model
    FROM subject x JOIN deployment d ON d.id = x.id
         LEFT JOIN system s ON s.id = d.system
         LEFT JOIN security_plan sp ON sp.id = d.plan
         LEFT JOIN platform p ON p.id = d.platform
), demand AS (
    SELECT u.subject, u.live, u.platform_id, u.platform_model, r.id AS requirement_id, r.title, r.topic, r.bound, r.amount, r.unit,
           CASE WHEN :satisfy = 1 AND EXISTS (SELECT 1 FROM plan_requirement_locations l WHERE l.id = r.id)
                THEN 1 ELSE 0 END AS located
    FROM cloud u JOIN plan_requirement r ON r.plan = u.plan_id
    WHERE (r.system IS NULL OR r.system = u.system)
      AND (:topics = 'all' OR r.topic IN (SELECT wanted.id FROM wanted))
), judged AS MATERIALIZED (
    SELECT m.subject, m.requirement_id, m.title, m.topic, m.bound, m.amount, m.unit,
           c.id AS capability_id, c.offer, c.amount AS offered,
           CASE WHEN :satisfy = 1 AND m.topic = 'deployment_model'
                     AND NOT EXISTS (SELECT 1 FROM plan_requirement_models l WHERE l.id = m.requirement_id)
                THEN 'demand_open'
                WHEN :satisfy = 1 AND m.topic = 'data_location'
                     AND m.located = 0
                THEN 'demand_open'
                WHEN :satisfy = 1 AND m.topic = 'deployment_model'
                     AND NOT EXISTS (SELECT 1 FROM plan_requirement_models l
                                     WHERE l.id = m.requirement_id AND l.value = m.platform_model)
                THEN 'model_differs'
                WHEN c.id IS NULL AND :satisfy = 0 AND m.live = 1 THEN 'not_weighed'
                WHEN c.id IS NULL THEN 'not_appraised'
                WHEN c.state <> 'confirmed' OR c.appraised_by IS NULL OR c.confirmed_by IS NULL
                     OR c.conclusion IS NULL
                THEN 'not_confirmed'
                WHEN NOT EXISTS (SELECT 1 FROM capability_evidence e WHERE e.id = c.id) THEN 'no_evidence'
                WHEN :satisfy = 0 THEN 'weighed'
                WHEN m.located = 1
                     AND NOT EXISTS (SELECT 1 FROM capability_locations o WHERE o.id = c.id)
                THEN 'offer_missing'
                WHEN m.located = 1
                     AND EXISTS (SELECT 1 FROM capability_locations o WHERE o.id = c.id AND o.value NOT IN
                                 (SELECT l.value FROM plan_requirement_locations l WHERE l.id = m.requirement_id))
                THEN 'location_outside'
                WHEN m.bound IS NOT NULL AND m.amount IS NOT NULL AND c.amount IS NULL THEN 'offer_missing'
                WHEN m.bound IS NOT NULL AND m.amount IS NOT NULL
                     AND coalesce(c.unit, '') <> coalesce(m.unit, '') THEN 'unit_differs'
                WHEN m.bound = 'at_most' AND c.amount > m.amount THEN 'amount_short'
                WHEN m.bound = 'at_least' AND c.amount < m.amount THEN 'amount_short'
                WHEN c.conclusion <> 'meets' THEN 'fails'
                ELSE 'meets' END AS reason
    -- found by the requirement, of which it is one, not by the platform, which has hundreds: hence the ||
    FROM demand m LEFT JOIN capability c ON c.plan_requirement = m.requirement_id AND c.platform || '' = m.platform_id
    WHERE m.platform_id IS NOT NULL
), outcome AS (
    SELECT j.subject, j.reason, j.requirement_id, j.title, j.topic, j.unit, j.capability_id,
           CASE WHEN j.reason = 'fails' THEN j.title || ' (' || j.offer || ')' END AS shortfall,
           CASE WHEN j.reason = 'amount_short'
                THEN j.title || ' (' || CAST(j.offered / 1000 AS TEXT)
                     || CASE WHEN j.offered % 1000 = 0 THEN '' WHEN j.offered % 100 = 0
                             THEN '.' || CAST(j.offered % 1000 / 100 AS TEXT) WHEN j.offered % 10 = 0
                             THEN '.' || substr(CAST(100 + j.offered % 1000 / 10 AS TEXT), 2)
                             ELSE '.' || substr(CAST(1000 + j.offered % 1000 AS TEXT), 2) END
                     || CASE WHEN j.bound = 'at_most' THEN ' > ' ELSE ' < ' END || CAST(j.amount / 1000 AS TEXT)
                     || CASE WHEN j.amount % 1000 = 0 THEN '' WHEN j.amount % 100 = 0
                             THEN '.' || CAST(j.amount % 1000 / 100 AS TEXT) WHEN j.amount % 10 = 0
                             THEN '.' || substr(CAST(100 + j.amount % 1000 / 10 AS TEXT), 2)
                             ELSE '.' || substr(CAST(1000 + j.amount % 1000 AS TEXT), 2) END || ')' END AS gap,
           CAST(NULL AS TEXT) AS outside
    FROM judged j WHERE j.reason <> 'location_outside'
    UNION ALL
    SELECT j.subject, j.reason, j.requirement_id, j.title, j.topic, j.unit, j.capability_id, NULL, NULL, o.value
    FROM judged j JOIN capability_locations o ON o.id = j.capability_id
    WHERE j.reason = 'location_outside'
      AND o.value NOT IN (SELECT l.value FROM plan_requirement_locations l WHERE l.id = j.requirement_id)
    UNION ALL
    SELECT u.subject,
           CASE WHEN u.plan_id IS NULL THEN 'no_plan'
                WHEN u.platform_id IS NULL THEN 'no_platform'
                WHEN u.plan_state <> 'approved' THEN 'plan_not_approved'
                ELSE 'plan_empty' END,
           NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM cloud u
    WHERE u.plan_id IS NULL OR u.platform_id IS NULL OR (:topics = 'all' AND u.plan_state <> 'approved')
       OR (:topics = 'all' AND NOT EXISTS (SELECT 1 FROM plan_requirement r WHERE r.plan = u.plan_id
                                            AND (r.system IS NULL OR r.system = u.system)))
    UNION ALL
    SELECT u.subject, CASE WHEN :satisfy = 0 AND u.live = 1 THEN 'not_weighed' ELSE 'not_demanded' END, NULL, NULL, w.id, NULL, NULL, NULL, NULL, NULL
    FROM cloud u JOIN wanted w ON NOT EXISTS (SELECT 1 FROM demand m WHERE m.subject = u.subject AND m.topic = w.id)
    WHERE u.plan_id IS NOT NULL AND u.platform_id IS NOT NULL
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('meets', 'weighed') THEN 'met'
            WHEN o.reason IN ('plan_not_approved', 'model_differs', 'location_outside', 'unit_differs',
                              'amount_short', 'fails', 'not_weighed') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.capability_id IS NOT NULL THEN 'capability'
            WHEN o.requirement_id IS NOT NULL THEN 'plan_requirement'
            WHEN u.plan_id IS NOT NULL THEN 'security_plan'
            ELSE 'deployment' END AS proof_kind,
       coalesce(o.capability_id, o.requirement_id, u.plan_id, u.subject) AS proof,
       u.deployment AS v_deployment, u.plan AS v_plan, u.platform AS v_platform,
       u.platform_model AS v_platform_model, o.title AS v_requirement, o.topic AS v_topic, o.unit AS v_unit,
       o.gap AS v_gap, o.shortfall AS v_shortfall, o.outside AS v_outside
FROM outcome o JOIN cloud u ON u.subject = o.subject
