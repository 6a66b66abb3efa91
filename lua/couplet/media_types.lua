-- SPDX-License-Identifier: MIT
-- media_types: the media type (RFC 6838) that goes with the ending of a file's name.
local M = {}

local TYPES = {
    txt = "text/plain", log = "text/plain", md = "text/markdown", csv = "text/csv", html = "text/html", htm = "text/html",
    css = "text/css", diff = "text/x-diff", patch = "text/x-diff", ics = "text/calendar", vcf = "text/vcard",
    json = "application/json", xml = "application/xml", yaml = "application/yaml", yml = "application/yaml",
    pdf = "application/pdf", zip = "application/zip", gz = "application/gzip", tgz = "application/gzip",
    tar = "application/x-tar", xz = "application/x-xz", bz2 = "application/x-bzip2", zst = "application/zstd",
    ["7z"] = "application/x-7z-compressed", epub = "application/epub+zip",
    odt = "application/vnd.oasis.opendocument.text", ods = "application/vnd.oasis.opendocument.spreadsheet",
    docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    png = "image/png", jpg = "image/jpeg", jpeg = "image/jpeg", gif = "image/gif", webp = "image/webp", avif = "image/avif",
    svg = "image/svg+xml", bmp = "image/bmp", tiff = "image/tiff",
    mp3 = "audio/mpeg", ogg = "audio/ogg", oga = "audio/ogg", opus = "audio/ogg", wav = "audio/wav", flac = "audio/flac",
    m4a = "audio/mp4", mp4 = "video/mp4", webm = "video/webm", mkv = "video/x-matroska", mov = "video/quicktime",
}

--- The type of a file of this name; application/octet-stream where nothing is known.
---@param name string
---@return string
function M.of(name)
    local ending = name:match "%.(%w+)$"
    return ending and TYPES[ending:lower()] or "application/octet-stream"
end

return M
