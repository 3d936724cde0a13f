// The operations of each theme; internal to engine. Parameters and answers are documented where each is
// defined.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/engine/operations.hpp"

namespace capbridge::engine {

std::vector<Operation> ask_operations();     // matrix, person, record, explain, people.list, status
std::vector<Operation> decide_operations();  // framework, mapping, policy, deployment, configuration
std::vector<Operation> people_operations();  // people.import
std::vector<Operation> assign_operations();  // assign.*
std::vector<Operation> team_operations();    // team.list|coverage|withdraw
std::vector<Operation>
identity_questions();  // identity.review, .matches, .rule.list, .rule.preview; unit.list
std::vector<Operation> identity_decisions();    // identity.link, .crosswalk, .rule.put, .ignore, .accept, ...
std::vector<Operation> merge_operations();      // person.merge, .unmerge, .merges
std::vector<Operation> source_operations();     // source.put|list|show, adapter.list
std::vector<Operation> sync_operations();       // sync, source.accept|resume, gap.*, push, rebuild, digest
std::vector<Operation> check_operations();      // source.check
std::vector<Operation> preview_operations();    // preview, upgrade.preview
std::vector<Operation> report_operations();     // report.publish|list|show|verify
std::vector<Operation> attest_operations();     // attestation.*, override.*
std::vector<Operation> learning_operations();   // learning.*, coverage.show, brief.show
std::vector<Operation> pack_operations();       // mapping.export|import
std::vector<Operation> export_operations();     // person.export
std::vector<Operation> retention_operations();  // retention.publish|show|preview|apply
std::vector<Operation> erase_operations();      // person.erase|erasures|readmit
std::vector<Operation> suggest_operations();    // learning.suggest|duplicates, package.map|course
std::vector<Operation> package_questions();     // package.list|show|findings|structure|diff|...
std::vector<Operation> package_changes();       // package.add|replace|remove|publish_mapping
std::vector<Operation> next_operations();       // next.learning, journey.*
std::vector<Operation> lint_operations();       // lint.show
std::vector<Operation> assert_operations();     // assertions.*, framework.profile
std::vector<Operation> product_operations();    // product.list|show, profile.list|show
std::vector<Operation> deployment_operations();   // deployment.list|show, deployment.users.*
std::vector<Operation> assurance_operations();    // assurance.answer|list|show
std::vector<Operation> quarantine_operations();   // quarantine.*
std::vector<Operation> completions_operations();  // completions.post, course.list
std::vector<Operation> run_operations();          // run.*
std::vector<Operation> forward_operations();      // forward.*
std::vector<Operation> statement_operations();    // statements.*
std::vector<Operation> audit_operations();        // audit.list|verify|head|note, log.level
std::vector<Operation> access_operations();       // credential.*, login-link
std::vector<Operation> status_operations();       // status
std::vector<Operation> backup_operations();       // backup.run|status, data.check
std::vector<Operation> config_operations();       // config.apply|reload

// A run from begin to end, whatever happens in between: the work's counts or its error end up in the run's
// row.
Result<ordered_json> in_run(Bridge& bridge, store::RunRow run,
                            const std::function<Result<ordered_json>(store::RunRow& run)>& work);

// Bridge::changing, for an operation that does not have it for its whole length; error "stopping".
Result<std::unique_lock<std::timed_mutex>> take_turn(Bridge& bridge, const Caller& caller);
// The source, before take_turn() where both are needed; error "stopping".
Result<SyncBoard::Hold> hold_source(Bridge& bridge, const std::string& source, const std::string& what,
                                    const Caller& caller);

// Parameters: errors "bad_parameter" name the parameter.
Result<std::string> need_text(const json& params, std::string_view name);
Result<Day> day_parameter(Bridge& bridge, const json& params, std::string_view name);  // today when absent

}  // namespace capbridge::engine
