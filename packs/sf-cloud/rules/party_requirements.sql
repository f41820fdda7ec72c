-- rule: party_requirements
-- subject: institution
-- params: [types]
-- reach: institution
-- reasons:
--   type_missing:
--     zh: 相关方中没有这一类：{type|choice:interested_party.type}。请确定具体是谁并登记。
--     en: 'No party of this type is determined: {type|choice:interested_party.type}. Determine who it is and enter it.'
--   silent_party:
--     zh: 这些相关方没有登记任何信息安全要求：{party}。请从法规、合同和期望中梳理，逐条登记。
--     en: 'Of these parties no requirement on information security is entered: {party}. Gather them from law, contracts and expectations, and enter them one by one.'
--   undecided:
--     zh: 这些相关方要求没有写明是否适用，或不适用而没有理由：{requirement}。请判断并填写。
--     en: 'These party requirements do not say whether they apply, or do not and give no reason: {requirement}. Decide and enter it.'
--   unclear:
--     zh: 这些适用的相关方要求没有写明内容或出处：{requirement}。请补填。
--     en: 'These applicable party requirements lack their content or their reference: {requirement}. Complete them.'
--   unanswered:
--     zh: 这些适用的相关方要求没有对应的已确认安全需求：{requirement}。请提出安全需求，或指明由哪条需求满足。
--     en: 'These applicable party requirements are answered by no confirmed security need: {requirement}. State a need, or name the one that answers it.'
--   none:
--     zh: 还没有登记与云计算有关的相关方，无从确定其要求。请先登记相关方。
--     en: No party concerned with the use of cloud is entered, so their requirements cannot be determined. Enter the parties first.
--   determined:
--     zh: 相关方及其信息安全要求已确定，适用的都有安全需求对应：{requirement}。
--     en: 'The parties and their requirements on information security are determined, and each that applies is answered by a security need: {requirement}.'
WITH party AS MATERIALIZED (
    SELECT x.id AS subject, p.id AS party_id, p.name, p.type FROM subject x JOIN interested_party p ON p.state = 'active'
), kind AS (
    SELECT 'regulator' AS id UNION ALL SELECT 'market' UNION ALL SELECT 'customer' UNION ALL SELECT 'business'
    UNION ALL SELECT 'staff' UNION ALL SELECT 'provider' UNION ALL SELECT 'supplier' UNION ALL SELECT 'shareholder'
), demand AS MATERIALIZED (
    SELECT p.subject, p.party_id, r.id AS requirement_id, p.name || ' / ' || r.title AS title,
           CASE WHEN r.adoption IS NULL OR (r.adoption = 'not_applicable' AND r.reason IS NULL) THEN 'undecided'
                WHEN r.adoption = 'applies'
                     AND (r.demand IS NULL OR (r.source <> 'expectation' AND r.reference IS NULL)) THEN 'unclear'
                WHEN r.adoption = 'applies'
                     AND NOT EXISTS (SELECT 1 FROM party_requirement_needs v JOIN security_need n ON n.id = v.value
                                     WHERE v.id = r.id AND n.state = 'confirmed') THEN 'unanswered'
                ELSE 'determined' END AS reason
    FROM party p JOIN party_requirement r ON r.party = p.party_id
    WHERE r.state = 'active'
)
SELECT d.subject AS subject, CASE WHEN d.reason = 'determined' THEN 'met' ELSE 'unmet' END AS status, d.reason AS reason,
       NULL AS due, 'party_requirement' AS proof_kind, d.requirement_id AS proof,
       d.title AS v_requirement, CAST(NULL AS TEXT) AS v_party, CAST(NULL AS TEXT) AS v_type
FROM demand d
UNION ALL
SELECT p.subject, 'unmet', 'silent_party', NULL, 'interested_party', p.party_id, NULL, p.name, NULL
FROM party p WHERE NOT EXISTS (SELECT 1 FROM demand d WHERE d.party_id = p.party_id AND d.subject = p.subject)
UNION ALL
SELECT x.id, 'unmet', 'type_missing', NULL, NULL, NULL, NULL, NULL, k.id
FROM subject x JOIN kind k ON NOT EXISTS (SELECT 1 FROM party p WHERE p.subject = x.id AND p.type = k.id)
WHERE ' ' || :types || ' ' LIKE '% ' || k.id || ' %' AND EXISTS (SELECT 1 FROM party p WHERE p.subject = x.id)
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM party p WHERE p.subject = x.id)
