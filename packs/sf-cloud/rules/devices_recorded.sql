-- rule: devices_recorded
-- subject: exit
-- params: []
-- reasons:
--   residual:
--     zh: 退出“{exit}”的这些设备检查发现残余信息：{device}。请清除或销毁其中的介质后重新检查。
--     en: 'Residual information was found on these devices of exit "{exit}": {device}. Clear or destroy their media and check again.'
--   contradicted:
--     zh: 退出“{exit}”的这些设备登记为不含存储部件，却登记有介质：{device}。请更正。
--     en: 'These devices of exit "{exit}" are entered as holding no storage, yet have media registered: {device}. Correct it.'
--   no_list:
--     zh: 退出“{exit}”还没有列出要迁移或废弃的设备。请先清点和登记。
--     en: No device to be moved or discarded is listed for exit "{exit}". Count and list them first.
--   pending:
--     zh: 退出“{exit}”的这些设备还没有处理，处理时请记录参与人员、方式和残余信息检查结果：{device}。
--     en: 'Devices of exit "{exit}" still to be handled; record who took part, how, and what the check for residual information showed: {device}.'
--   incomplete:
--     zh: 退出“{exit}”的设备处理记录缺少参与人员、处理方式、日期、残余信息检查结果、检查人或证据：{device}。请补齐。
--     en: 'Records of handling devices of exit "{exit}" lack who took part, how, when, what the check for residual information showed, who checked, or evidence: {device}. Complete them.'
--   no_devices:
--     zh: 退出“{exit}”经清点没有要迁移或废弃的硬件设备，本条不适用。
--     en: A count at exit "{exit}" found no device to be moved or discarded; the requirement does not apply.
--   recorded:
--     zh: 退出“{exit}”的设备处理均有记录，检查未发现残余信息：{device}。
--     en: 'The handling of all devices of exit "{exit}" is recorded, and no residual information was found: {device}.'
WITH judged AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS device_id, d.asset_number || ' ' || d.name AS device,
           CASE WHEN d.residual = 'found' THEN 'residual'
                WHEN d.residual = 'no_storage' AND EXISTS (SELECT 1 FROM medium m WHERE m.device = d.id) THEN 'contradicted'
                WHEN d.state <> 'handled' THEN 'pending'
                WHEN d.handling IS NULL OR d.handled_on IS NULL OR d.residual IS NULL OR d.residual_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM device_handled_by h WHERE h.id = d.id)
                     OR NOT EXISTS (SELECT 1 FROM device_evidence v WHERE v.id = d.id) THEN 'incomplete'
                ELSE 'recorded' END AS reason
    FROM subject x JOIN device d ON d.exit = x.id
), outcome AS (
    SELECT j.subject, j.reason, j.device_id, j.device FROM judged j
    UNION ALL
    SELECT x.id, CASE WHEN EXISTS (SELECT 1 FROM exit_count c WHERE c.exit = x.id AND c.matter = 'device' AND c.counted = 0
                                          AND c.confirmed_by IS NOT NULL) THEN 'no_devices' ELSE 'no_list' END, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'recorded' THEN 'met' WHEN o.reason = 'no_devices' THEN 'not_applicable'
            WHEN o.reason IN ('residual', 'contradicted') THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.device_id IS NOT NULL THEN 'device' ELSE 'exit' END AS proof_kind, coalesce(o.device_id, o.subject) AS proof,
       e.title AS v_exit, o.device AS v_device
FROM outcome o JOIN exit e ON e.id = o.subject
