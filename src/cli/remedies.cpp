#include "cli/remedies.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "cli/config_schema.hpp"

namespace capbridge::cli {
namespace {

const std::map<std::string, std::string>& sentences() {
    static const std::map<std::string, std::string> all{
        {"invalid_json",
         "mend the text at that line; an editor that knows JSON with comments marks the place"},
        {"duplicate_key", "keep one of the two members and remove the other"},
        {"invalid_utf8", "save the file as UTF-8"},
        {"too_large", "this is hardly a configuration: check the path"},
        {"too_deep", "this is hardly a configuration: check the path"},
        {"bad_address", "write ADDRESS:PORT, such as 127.0.0.1:8480, or [::1]:8480 for IPv6"},
        {"no_folder",
         "make the folder and let the daemon's user read it, or correct the path; relative paths "
         "hang on the configuration's own folder"},
        {"not_found",
         "correct the path, or put the file there; relative paths hang on the configuration's own "
         "folder"},
        {"unreadable",
         "let the daemon's user read the file (chgrp capbridge FILE; chmod 640 FILE) and enter the folders "
         "above it ('namei -l FILE' shows which one it may not)"},
        {"not_a_file", "name the file itself"},
        {"key_open_to_all",
         "chgrp capbridge FILE; chmod 640 FILE; whoever has an account on this machine may have a copy of "
         "it"},
        {"duplicate_source", "give each source a name of its own"},
        {"duplicate_target", "give each target a name of its own"},
        {"duplicate_issuer", "keep one entry for each issuer and audience"},
        {"duplicate_id", "keep one of the two files: the second would undo the first"},
        {"adapter_no_sandbox", "see docs/operate.md, \"Where adapters cannot be locked in\""},
        {"secret",
         "have the secret, and nothing else, in the file that is named here (never in this one), and let "
         "only "
         "its owner and group read it (chgrp capbridge FILE; chmod 0640 FILE); see docs/configuration.md, "
         "\"Secrets\""},
        {"no_secret", "name where the secret is kept; see docs/configuration.md, \"Secrets\""},
        {"two_secrets", "keep one of the places"},
        {"short_secret", "have a longer secret made over there"},
        {"secret_in_file",
         "put it into a file of its own (chmod 0600), name that file with secret_file, and have a new secret "
         "made "
         "over there: whoever could read this file has read it; see docs/configuration.md, \"Secrets\""},
        {"insecure", "use https; \"allow_http\": true lets records travel readable, for a test only"},
        {"bad_url", "write the whole address, such as https://lms.example.nhs.uk"},
        {"bad_pem",
         "put a PEM file with certificates there; 'openssl x509 -in FILE -text' shows what one holds"},
        {"adapter_pin",
         "when this file is the one that is meant (after an upgrade), write its checksum there: 'capbridge "
         "adapter list --json' has it"},
        {"bad_backup_target", "name a directory on another disk or a mounted share; docs/backup.md"},
        {"bad_key_set", "download the issuer's key set again from its jwks_uri"},
        {"bad_cron",
         "five fields: minute, hour, day of the month, month, day of the week, such as 0 6 * * mon-fri"},
        {"bad_zone", "an IANA time zone such as Europe/London"},
        {"bad_schedule", "give 'every' (PT1H) or 'cron' (0 6 * * mon-fri), not both"},
        {"bad_limit", "an ISO 8601 duration of up to seven days, such as PT6H"},
        {"adapter_config", "see the adapter's page in docs/ (adapter-*.md)"},
        {"data_directory", "make it for the daemon's user: install -d -o capbridge -g capbridge -m 0700 DIR"},
        {"data_path_too_long", "use a shorter path, such as /var/lib/capbridge"},
        {"data_mode", "chmod 0700 on the data directory: records of people are in it"},
        {"data_owner", "run the daemon as the directory's owner, or chown -R it"},
        {"read_only_disk",
         "mount it writable (dmesg says whether the kernel made it read-only after an error)"},
        {"backup_place",
         "make the directory for the daemon's user: install -d -o capbridge -g capbridge -m 0700 DIR"},
        {"backup_same_disk", "back up to another disk or a mounted share; docs/backup.md"},
        {"little_space",
         "make room, or move the data directory to a larger disk, before the store stops taking "
         "anything"},
        {"address_in_use",
         "'ss -ltnp' says what listens there; choose another port for \"listen\", or end that program when "
         "it is "
         "not meant to be there"},
        {"address_not_here", "use an address that this machine has (ip -brief address), or 127.0.0.1"},
        {"privileged_port",
         "use a port above 1023, with nginx or another proxy in front (docs/tls.md): the service has no "
         "right to bind a lower one, and its unit gives it none"},
        {"listens_to_all", "keep 127.0.0.1 with a TLS proxy in front, or give it TLS (docs/tls.md)"},
        {"unreadable_folder",
         "let the daemon's user read and enter the folder (setfacl -m u:capbridge:rx FOLDER)"},
        {"unreachable",
         "check name, route and firewall: 'capbridge check --egress' lists what must be let out"},
        {"tls", "let the system trust the authority, or name its PEM file with ca_file"},
        {"tls_file",
         "put a PEM chain and the key of its first certificate there, readable by the daemon's user "
         "(chgrp capbridge FILE; chmod 640 FILE); docs/tls.md"},
        {"wide_network", "name the machines or the trust's own networks, such as 10.20.0.0/24"},
        {"open_to_proxy",
         "let that proxy set forwarded_header for all that it passes on (docs/tls.md, \"Behind nginx\"), or "
         "take the address out and give the monitoring a credential (docs/observe.md)"},
        {"timeout", "check the firewall: packets seem to be dropped"},
        {"not_allowed", "check user and secret over there"},
    };
    return all;
}

// The same fault wants something else done where something else stands; "" where the table is right.
std::string remedy_at(const std::string& code, const std::string& pointer) {
    if (code == "secret" && pointer.ends_with("_env"))
        return "give the daemon this variable (Environment= or EnvironmentFile= by 'systemctl edit "
               "capbridge', "
               "then restart it), or keep the secret in a file and name that with secret_file";
    if (code == "secret" && pointer.ends_with("_credential"))
        return "LoadCredential=NAME:FILE by 'systemctl edit capbridge', with the name that stands here; then "
               "restart it";
    if (code == "bad_address" && pointer == "/public_url")
        return "write the whole address, such as https://learning.trust.example/capbridge";
    if (code == "bad_address" && pointer != "/listen")
        return "write an address or a network, such as 10.1.2.3 or 10.1.2.0/24";
    if (code == "bad_pem" && pointer.ends_with("/fetch/key_file"))
        return "name the private key and not the .pub beside it; 'ssh-keygen -y -f FILE' tries one";
    if (code == "bad_pem" && pointer.ends_with("/key_file"))
        return "put the certificate's own key there, without a passphrase: openssl pkey -in FILE -out NEW";
    if (code == "bad_url" && pointer.starts_with("/forward/"))
        return "write the whole address, such as https://lrs.example.nhs.uk/xapi: of an LRS the endpoint, "
               "without /statements and without a query";
    if (code == "bad_url" && pointer.ends_with("/fetch/url"))
        return "write the folder's address, such as sftp://files.example.nhs.uk/out/";
    if (code == "bad_schedule" && pointer.starts_with("/backup"))
        return "give 'every' (PT6H) or 'at' (02:30), not both";
    if (code == "not_found" && pointer.ends_with("/adapter"))
        return "'capbridge adapter list' shows those that are installed; a folder with others is named in "
               "\"plugins\"";
    return {};
}

}  // namespace

std::string remedy_of(const Problem& problem) {
    if (auto here = remedy_at(problem.code, problem.pointer); !here.empty()) return here;
    if (const auto it = sentences().find(problem.code); it != sentences().end()) return it->second;
    auto place = general_pointer(problem.pointer);
    if (place.empty()) return "'capbridge config explain' lists the members that there are";
    return "'capbridge config explain " + place + "' says what may stand there";
}

std::string findings_text(const std::vector<Finding>& findings) {
    std::string out;
    for (const auto& one : findings) {
        out += (out.empty() ? "" : "\n") + one.problem.text(one.file);
        if (!one.remedy.empty()) out += "\n    what to do: " + one.remedy;
    }
    return out;
}

ordered_json findings_json(const std::vector<Finding>& findings) {
    auto out = ordered_json::array();
    for (const auto& one : findings) {
        const auto& p = one.problem;
        out.push_back({{"severity", p.severity == Problem::Severity::error ? "error" : "warning"},
                       {"code", p.code},
                       {"file", one.file},
                       {"line", p.line},
                       {"pointer", p.pointer},
                       {"message", p.message},
                       {"remedy", one.remedy}});
    }
    return out;
}

}  // namespace capbridge::cli
