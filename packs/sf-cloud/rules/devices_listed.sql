-- rule: devices_listed
-- subject: exit
-- params: []
-- reasons:
--   not_registered:
--     zh: 退出“{exit}”清点到 {counted} 台要迁移或废弃的硬件设备，只列出 {registered} 台。请补列。
--     en: '{counted} devices to be moved or discarded were counted at exit "{exit}", only {registered} are listed. List the others.'
--   not_counted:
--     zh: 退出“{exit}”还没有清点平台的硬件设备，不能确定清单是否齐全。请清点并由第二人复核。
--     en: The devices of the platform have not been counted at exit "{exit}", so whether the list is complete cannot be told. Count them and have a second person confirm.
--   incomplete:
--     zh: 退出“{exit}”的设备没有写明所处位置、当前状态或处置：{device}。请补齐。
--     en: 'Devices of exit "{exit}" do not say where they are, in what condition, or what becomes of them: {device}. Complete them.'
--   no_devices:
--     zh: 退出“{exit}”经清点没有要迁移或废弃的硬件设备，本条不适用。
--     en: A count at exit "{exit}" found no device to be moved or discarded; the requirement does not apply.
--   listed:
--     zh: 退出“{exit}”要迁移或废弃的 {registered} 台设备均已列出，写明位置、状态和处置。
--     en: All {registered} devices to be moved or discarded at exit "{exit}" are listed with place, condition and disposition.
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, c.id AS count_id, c.counted,
           (SELECT count(*) FROM device d WHERE d.exit = e.id) AS registered
    FROM subject x JOIN exit e ON e.id = x.id
         LEFT JOIN exit_count c ON c.exit = e.id AND c.matter = 'device' AND c.confirmed_by IS NOT NULL
              AND EXISTS (SELECT 1 FROM exit_count_evidence v WHERE v.id = c.id)
), outcome AS (
    SELECT l.subject,
           CASE WHEN l.count_id IS NULL THEN 'not_counted' WHEN l.registered < l.counted THEN 'not_registered'
                WHEN l.registered = 0 THEN 'no_devices' ELSE 'listed' END AS reason,
           CAST(NULL AS TEXT) AS device_id, CAST(NULL AS TEXT) AS device
    FROM leaving l
    UNION ALL
    SELECT l.subject, 'incomplete', d.id, d.asset_number || ' ' || d.name
    FROM leaving l JOIN device d ON d.exit = l.subject
    WHERE d.location IS NULL OR d.condition IS NULL OR d.disposition IS NULL
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'listed' THEN 'met' WHEN o.reason = 'no_devices' THEN 'not_applicable'
            WHEN o.reason = 'not_registered' THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.device_id IS NOT NULL THEN 'device' WHEN l.count_id IS NOT NULL THEN 'exit_count' ELSE 'exit' END AS proof_kind,
       coalesce(o.device_id, l.count_id, o.subject) AS proof,
       l.exit_title AS v_exit, CAST(l.counted AS TEXT) AS v_counted, CAST(l.registered AS TEXT) AS v_registered, o.device AS v_device
FROM outcome o JOIN leaving l ON l.subject = o.subject
