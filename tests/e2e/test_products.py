"""From a product's file to the matrix: the sample's tri-X, its users, trained before go-live, a new version, the assurance checklist."""
import json
import unittest

from bridge import REPO, SETTINGS, Case, run, write_json

NYMOUTH = REPO / "config/sample/nymouth"
COURSES = "https://moodle.nymouth.example/course/"
TAUGHT = 10  # items that the course about tri-X 2.1 gives
PROFILE = {"id": "taught", "version": "1", "extends": "default", "asks": [
    {"id": "no-skills-yet", "items": {"tiers": ["product-specific"]}, "demand": "not_demanded"},
    {"id": "what-is-taught", "items": {"requirements": ["t2-governance-1", "t2-implementation-1"]}, "people": {"archetypes": ["user"]},
     "demand": "required"}]}


def sample(name):
    return json.loads((NYMOUTH / name).read_text())


class Products(Case):
    def setUp(self):
        super().setUp()
        w = self.world
        w.people([
            ["1001", "Ada Fictional", "ada@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"],
            ["1002", "Bea Fictional", "bea@demo.example", "Radiology", "Allied Health Professionals", "Radiographer", "2020-01-01"],
            ["1003", "Cy Fictional", "cy@demo.example", "Radiology", "Allied Health Professionals", "Radiographer", "2020-01-01"],
            ["1004", "Di Fictional", "di@demo.example", "Board", "Administrative and Clerical", "Director", "2020-01-01"],
        ])
        assigned = w.root / "assign.csv"
        assigned.write_text("employee_number,archetype,state\n" + "".join(f"100{n},user,confirmed\n" for n in range(1, 5)))
        w.ask("assign", "import", assigned, "--issuer", "demo")
        w.ask("mapping", "publish", NYMOUTH / "nymouth-mapping.json")
        w.ask("product", "publish", NYMOUTH / "product-tri-x.json")
        self.published = w.ask("deployment", "publish", NYMOUTH / "deployment-tri-x.json")  # 2.1 in Radiology, live on 2025-12-01
        w.ask("source", "add", "lms", "--adapter", "csv", "--folder", w.drop, "--activity-base", COURSES, "--settings",
              write_json(w.root / "settings.json", SETTINGS))
        w.export([["1001", "TRX-210", "tri-X 2.1", "Completed", "20/11/2025"], ["1002", "TRX-210", "tri-X 2.1", "Completed", "10/12/2025"],
                  ["1003", "TRX-200", "tri-X 2.0", "Completed", "01/02/2025"]])
        w.ask("sync", "lms")

    def show(self, deployment="tri-x-radiology", *more):
        return self.world.ask("deployment", "show", deployment, *more)

    def item(self, answer, requirement):
        return next(i for i in answer["items"] if i["requirement"] == requirement)

    def test_from_the_file_to_the_matrix(self):
        self.assertEqual(self.published["warnings"], [])
        product = self.world.ask("product", "show", "tri-X")
        self.assertEqual(product["document"], sample("product-tri-x.json"))
        self.assertEqual(product["gaps"], [])
        self.assertEqual([d["id"] for d in product["deployments"]], ["tri-x-radiology"])
        matrix = self.world.ask("matrix")
        self.assertEqual(len(matrix["products"]), 1)
        self.assertEqual(matrix["products"][0]["people"], 3)
        listed = self.world.ask("deployment", "list")["deployments"][0]
        self.assertEqual((listed["users"], listed["product_id"]), (3, "tri-x"))
        for command in (["product", "list"], ["product", "show", "tri-x"], ["deployment", "list"], ["deployment", "show", "tri-x-radiology"],
                        ["deployment", "users", "tri-x-radiology"], ["profile", "list"], ["profile", "show"], ["assurance"],
                        ["assurance", "tri-x-radiology"]):
            out, err = run(*command, "--data", self.world.data)
            self.assertTrue(out.strip(), command)
            self.assertEqual(err, "", command)

    def test_trained_before_go_live_and_since(self):
        answer = self.show()
        self.assertEqual(answer["trained"]["on"], "2025-12-01")
        self.assertEqual((answer["trained"]["people"], answer["trained"]["asked"]), (3, 3))
        self.assertEqual(answer["trained"]["by_go_live"], 0)  # nobody has vouched for a skill
        taught = self.item(answer, "t2-governance-1")["trained"]
        self.assertEqual(taught, {"asked": 3, "by_go_live": 1, "since": 1, "not_yet": 1})
        self.assertEqual(sum(i["trained"]["by_go_live"] == 1 for i in answer["items"]), TAUGHT)
        self.world.ask("profile", "publish", write_json(self.world.root / "profile.json", PROFILE))
        narrowed = self.show()
        self.assertEqual({k: narrowed["trained"][k] for k in ("asked", "by_go_live", "since", "not_yet")},
                         {"asked": 3, "by_go_live": 1, "since": 1, "not_yet": 1})
        text, _ = run("deployment", "show", "tri-x-radiology", "--data", self.world.data)
        self.assertIn("Trained before go-live on 2025-12-01: 1 of 3", text)
        self.assertEqual(self.show("tri-x-radiology", "--as-of", "2025-12-01")["trained"]["since"], 0)

    def test_a_new_version_starts_the_grace_clock(self):
        w = self.world
        w.ask("profile", "publish", write_json(w.root / "profile.json", PROFILE))
        third = sample("deployment-tri-x.json") | {"id": "tri-x-radiology-3", "version": "3.0", "go_live": "2026-09-01"}
        published = w.ask("deployment", "publish", write_json(w.root / "third.json", third))
        self.assertTrue(any("no version '3.0'" in warning for warning in published["warnings"]))
        grace = self.show("tri-x-radiology-3", "--as-of", "2026-10-01")
        self.assertEqual(grace["retraining"]["version_before"]["deployment"], "tri-x-radiology")
        self.assertEqual((grace["retraining"]["to_retrain"], grace["retraining"]["in_grace"]), (2, 2))
        ends = grace["retraining"]["grace_ends"]
        users = w.ask("deployment", "users", "tri-x-radiology-3", "--retrain", "--as-of", "2026-10-01")
        self.assertEqual(users["total"], 2)
        self.assertEqual({u["retrain_by"] for u in users["users"]}, {ends})
        over = self.show("tri-x-radiology-3", "--as-of", "2027-03-01")
        self.assertEqual((over["retraining"]["in_grace"], over["retraining"]["over"]), (0, 2))
        # From that day on nobody is asked anything about the version before.
        matrix = {p["deployment"]: p["people"] for p in w.ask("matrix", "--as-of", "2026-09-01")["products"]}
        self.assertEqual(matrix, {"tri-x-radiology": 0, "tri-x-radiology-3": 3})
        self.assertEqual(self.show()["version_after"]["deployment"], "tri-x-radiology-3")

    def test_users_by_file_and_by_name(self):
        w = self.world
        users = w.root / "users.csv"
        users.write_text("employee_number,works_with,from\n1003,no,\n1004,yes,2026-01-01\n4711,yes,\n")
        done = w.ask("deployment", "users", "tri-x-radiology", "--import", users, "--issuer", "demo")
        self.assertEqual(done["counts"], {"rows": 3, "changed": 2, "same": 0, "exceptions": 1})
        self.assertEqual(done["exceptions"][0]["line"], 4)
        self.assertEqual(self.show()["users"]["people"], 3)
        self.assertEqual(self.show()["users"]["by_name"], 1)
        w.ask("run", "revert", done["run"])
        self.assertEqual(self.show()["users"]["by_name"], 0)
        w.ask("deployment", "users", "tri-x-radiology", "--take-out", "esr-employee:demo:1001")
        self.assertEqual(self.show()["users"]["people"], 2)
        w.ask("deployment", "users", "tri-x-radiology", "--by-rule", "esr-employee:demo:1001")
        self.assertEqual(self.show()["users"]["people"], 3)

    def test_the_checklist_and_its_history(self):
        w = self.world
        total = w.ask("assurance", "tri-x-radiology")["questions"]
        self.assertGreater(total, 60)
        w.ask("answer", "tri-x-radiology", "a3-liability-q1", "partly", "--note", "contract under way")
        done = w.ask("answer", "tri-x-radiology", "a3-liability-q1", "yes", "--document", "Contract, part 4")
        self.assertFalse(w.ask("answer", "tri-x-radiology", "a3-liability-q1", "yes", "--document", "Contract, part 4")["changed"])
        w.ask("answer", "tri-x-radiology", "a6-local-validation-q1", "no")
        checklist = w.ask("assurance", "tri-x-radiology")
        self.assertEqual((checklist["answered"], checklist["counts"]["open"]), (2, total - 2))
        self.assertEqual(sum(checklist["counts"].values()), total)
        liability = next(f for f in checklist["factors"] if f["factor"] == "liability")
        self.assertEqual([i["state"] for i in liability["items"]], ["open", "yes"])
        self.assertTrue(liability["items"][1]["who"].startswith("cli:"))
        history = w.ask("assurance", "tri-x-radiology", "a3-liability-q1")["history"]
        self.assertEqual([h["answer"] for h in history], ["yes", "partly"])
        w.ask("run", "revert", done["run"])
        self.assertEqual(w.ask("assurance", "tri-x-radiology", "a3-liability-q1")["state"], "partly")
        self.assertIn("needs a note", self.refused("answer", "tri-x-radiology", "a3-liability-q1", "not_applicable", "--data", w.data))
        self.assertIn("no question", self.refused("answer", "tri-x-radiology", "a3-liability-q9", "yes", "--data", w.data))
        self.assertIn("no deployment", self.refused("answer", "nowhere", "a3-liability-q1", "yes", "--data", w.data))

    def test_over_http(self):
        w = self.world
        reader = w.ask("credential", "add", "reader", "--scope", "read")
        admin = w.ask("credential", "add", "admin", "--scope", "admin")
        daemon = w.serve()
        read, change = (reader["key"], reader["secret"]), (admin["key"], admin["secret"])
        path = "/api/v1/deployments/tri-x-radiology"
        question = path + "/assurance/a3-liability-q1"
        self.assertEqual(daemon.get(path)[0], 401)
        self.assertEqual(daemon.request("PUT", question, {"answer": "yes"}, auth=read)[0], 403)
        status, _, body = daemon.request("PUT", question, {"answer": "yes", "document": "Contract"}, auth=change)
        self.assertEqual(status, 200, body)
        status, _, body = daemon.get(question, auth=read)
        self.assertEqual(json.loads(body)["history"][0]["who"], "credential:" + admin["key"])
        for each in ("/api/v1/products", "/api/v1/products/tri-x", "/api/v1/deployments", path, path + "/users?retrain=true&limit=5",
                     path + "/assurance?state=open&archetype=driver", "/api/v1/assurance", "/api/v1/profiles", "/api/v1/profile",
                     "/api/v1/profiles/default"):
            status, _, body = daemon.get(each, auth=read)
            self.assertEqual(status, 200, each + body)
        self.assertEqual(daemon.get(path + "/users?state=lost", auth=read)[0], 400)
        self.assertEqual(daemon.get(path + "?unit=x", auth=read)[0], 400)
        self.assertEqual(daemon.get("/api/v1/deployments/nowhere", auth=read)[0], 404)
        person = json.loads(daemon.get("/api/v1/people?q=1004", auth=read)[2])["people"][0]["id"]
        status, _, body = daemon.request("PUT", path + "/users/" + person, {"works_with": True}, auth=change)
        self.assertEqual(status, 200, body)
        self.assertEqual(json.loads(daemon.get(path, auth=read)[2])["users"]["people"], 4)
        status, _, body = daemon.request("POST", path + "/users", {"csv": "employee_number,works_with\n1004,rule\n", "issuer": "demo"}, auth=change)
        self.assertEqual(json.loads(body)["counts"]["changed"], 1, body)
        status, _, body = daemon.request("POST", "/api/v1/products", {"text": json.dumps({"id": "x"})}, auth=change)
        self.assertEqual(status, 400, body)

    def test_bad_files(self):
        w = self.world
        def refused(kind, document):
            return self.refused(kind, "publish", write_json(w.root / "bad.json", document), "--data", w.data)
        deployment = sample("deployment-tri-x.json")
        self.assertIn("/go_live", refused("deployment", deployment | {"go_live": "3026-12-01"}))
        self.assertIn("/go_live", refused("deployment", deployment | {"go_live": "2026-02-30"}))
        self.assertIn("is missing", refused("deployment", {k: v for k, v in deployment.items() if k != "unit"}))
        product = sample("product-tri-x.json")
        product["developer"]["performance"][0]["version"] = "9.9"
        self.assertIn("/developer/performance/0/version", refused("product", product))
        self.assertIn("anything", refused("product", sample("product-tri-x.json") | {"anything": 1}))
        out, err = run("deployment", "publish", write_json(w.root / "other.json", deployment | {"id": "other", "product": "Nothing"}), "--data", w.data)
        self.assertIn("nothing is known of the product 'Nothing'", err)
        # Two files of one id in one configuration would undo each other.
        folder = w.root / "config"
        folder.mkdir()
        for name in ("a.json", "b.json"):
            write_json(folder / name, deployment | {"version": name})
        write_json(folder / "capbridge.json", {"organisation": "Demo", "deployments": ["a.json", "b.json"]})
        self.assertIn("duplicate_id", self.refused("config", "apply", folder / "capbridge.json", "--data", w.root / "new"))
        self.assertIn("/asks/0", self.refused("profile", "check", write_json(w.root / "p.json", {"id": "p", "version": "1", "asks": [{}]})))
        self.assertIn("9 asks", run("profile", "check", write_json(w.root / "ok.json", PROFILE | {"asks": PROFILE["asks"][:1]}))[0])


if __name__ == "__main__":
    unittest.main()
