-- rule: attested
-- subject: [institution, provider, platform, deployment, contract, system]
-- params: [requirement, months, use]
-- reasons:
--   lapsed:
--     zh: 关于“{topic}”的声明已于 {until} 失效。请重新核实，另作声明，附上新的证据并由第二人复核。
--     en: The statement on "{topic}" lapsed on {until}. Look into the matter again, state it anew with fresh evidence and have a second person confirm it.
--   revoked:
--     zh: 关于“{topic}”的声明已撤回，现在没有有效的声明。请查明原因，整改后重新声明并由第二人复核。
--     en: The statement on "{topic}" was revoked and none is valid now. Find out why, put it right, then state it anew and have a second person confirm it.
--   unconfirmed:
--     zh: 关于“{topic}”的声明（{made_on}）还没有由第二人复核。请声明人以外的人看过证据后复核。
--     en: The statement on "{topic}" ({made_on}) has not been confirmed by a second person. Have someone else look at its evidence and confirm it.
--   no_evidence:
--     zh: 关于“{topic}”的声明（{made_on}）没有附证据，不能作数。请附上复核人据以判断的材料。
--     en: The statement on "{topic}" ({made_on}) has no evidence and does not count. Attach what the second person judged by.
--   ahead:
--     zh: 关于“{topic}”的声明或复核日期（{start}）还没有到。请核对日期。
--     en: The statement on "{topic}" is dated, or was confirmed, after today ({start}). Check the dates.
--   none:
--     zh: 没有针对本条要求（{:requirement}）的声明。请由了解情况的人写明做了什么、依据什么，附上证据，由第二人复核。
--     en: There is no statement on this requirement ({:requirement}). Have someone who knows say what is done and on what grounds, attach evidence, and have a second person confirm it.
--   not_running:
--     zh: 没有运行中的部署，暂无需声明。
--     en: Nothing is in operation there, so no statement is owed yet.
--   attested:
--     zh: 已声明“{topic}”（{made_on}），由第二人于 {confirmed_on} 复核，有效至 {until}。
--     en: '"{topic}" was stated on {made_on} and confirmed by a second person on {confirmed_on}; it holds until {until}.'
WITH held AS (
    SELECT x.id AS subject, a.id AS attestation_id, a.topic, a.made_by, a.made_on, a.confirmed_by, a.confirmed_on,
           a.state,
           a.confirmed_on AS start,
           CASE WHEN a.valid_until < yj_add_months(a.made_on, :months) THEN a.valid_until
                ELSE yj_add_months(a.made_on, :months) END AS until
    FROM subject x JOIN attestation a ON a.subject = x.id
    WHERE a.requirement = :requirement
), judged AS MATERIALIZED (
    SELECT h.subject, h.attestation_id, h.topic, h.made_by, h.made_on, h.confirmed_on, h.start, h.until,
           CASE WHEN h.state = 'revoked' THEN 'revoked'
                WHEN h.until < yj_today() THEN 'lapsed'
                WHEN h.state <> 'confirmed' OR h.confirmed_on IS NULL OR h.confirmed_by IS NULL THEN 'unconfirmed'
                WHEN NOT EXISTS (SELECT 1 FROM attestation_evidence e WHERE e.id = h.attestation_id) THEN 'no_evidence'
                WHEN h.start > yj_today() THEN 'ahead'
                ELSE 'attested' END AS reason
    FROM held h
), best AS (
    SELECT j.subject, max(CASE WHEN j.reason = 'attested' THEN j.until END) AS until
    FROM judged j GROUP BY j.subject
), used AS (
    -- 'operating': owed once something is in operation on the platform; 'any': always, whatever the subject.
    SELECT x.id AS subject,
           CASE WHEN :use = 'any'
                     OR EXISTS (SELECT 1 FROM deployment d
                                WHERE d.platform = x.id AND d.state IN ('operating', 'exiting'))
                THEN 1 ELSE 0 END AS running
    FROM subject x
), outcome AS MATERIALIZED (
    SELECT u.subject, CASE WHEN u.running = 0 THEN 'not_running' ELSE 'none' END AS reason,
           CAST(NULL AS TEXT) AS proof_kind, CAST(NULL AS TEXT) AS attestation_id
    FROM used u
    WHERE u.running = 0 OR NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = u.subject)
    UNION ALL
    SELECT j.subject, j.reason, 'attestation', j.attestation_id
    FROM judged j JOIN best b ON b.subject = j.subject JOIN used u ON u.subject = j.subject
    WHERE u.running = 1 AND (b.until IS NULL OR (j.reason = 'attested' AND j.until = b.until))
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'attested' THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('lapsed', 'revoked') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'attested' THEN j.until
            WHEN o.reason = 'ahead' AND j.start <= j.until THEN yj_add_days(j.start, -1)
            WHEN o.reason IN ('ahead', 'unconfirmed', 'no_evidence') THEN j.until END AS due,
       'attestation' AS proof_kind, o.attestation_id AS proof,
       j.topic AS v_topic, j.made_on AS v_made_on, j.confirmed_on AS v_confirmed_on, j.start AS v_start,
       j.until AS v_until
FROM outcome o LEFT JOIN judged j ON j.attestation_id = o.attestation_id
UNION ALL
SELECT j.subject, 'met', 'attested', NULL, 'person', j.made_by, j.topic, j.made_on, j.confirmed_on, j.start, j.until
FROM outcome o JOIN judged j ON j.attestation_id = o.attestation_id
WHERE o.reason = 'attested'
