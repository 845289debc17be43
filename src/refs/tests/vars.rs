use std::sync::Arc;

use super::{Bench, spanned};
use crate::diagnostics::Result;
use crate::kustomization::{Var, VarField, VarTarget};
use crate::refs::{TransformerConfig, VarSet};

fn var(name: &str, kind: &str, target: &str, field: &str) -> Var {
    let text = |text: &str| spanned(text.to_owned());
    Var {
        name: text(name),
        objref: VarTarget { api_version: text("v1"), kind: text(kind), name: text(target), ..VarTarget::default() },
        fieldref: VarField { field_path: text(field) },
    }
}

fn resolve(bench: &mut Bench, vars: &[Var]) -> Result<()> {
    let vars: Vec<_> = vars.iter().cloned().map(|var| Arc::new(spanned(var))).collect();
    bench.step(|resources, context| {
        let mut set = VarSet::default();
        set.declare(&vars, resources, context.sources)?;
        set.resolve(resources, &TransformerConfig::built_in(crate::Compat::Newest), context)
    })
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  annotations:
    note: port $(PORT)
  name: pod
spec:
  containers:
  - args:
    - $(PORT)
    - $(HOST):$(PORT)
    - $$(HOST) $(OTHER) $(ALL)
    name: main
    ratio: 0.5
  ports:
  - number: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web
";

#[test]
fn values_take_the_place_of_names_and_keep_their_type_alone() {
    let mut bench = Bench::new(POD);
    let vars = [
        var("PORT", "Pod", "pod", "spec.ports[0].number"),
        var("HOST", "Service", "web", ""),
        var("ALL", "Pod", "pod", "spec.ports"),
    ];
    resolve(&mut bench, &vars).unwrap();
    let printed = bench.printed();
    assert!(printed.contains("    - 80\n    - web:80\n    - $(HOST) $(OTHER) $(ALL)\n"), "{printed}");
    assert!(printed.contains("note: port 80\n"), "{printed}");
    let warnings: Vec<String> = bench.warnings.borrow().iter().map(|warning| warning.message.clone()).collect();
    assert!(warnings.contains(&"well-defined vars that were never replaced: ALL".to_owned()), "{warnings:?}");
}

#[test]
fn vars_that_name_nothing_or_too_much_are_errors() {
    let missing = [var("HOST", "Service", "wep", "")];
    let error = resolve(&mut Bench::new(POD), &missing).unwrap_err();
    assert!(error.to_string().contains("no resource fits the var `HOST`: Service `wep`"), "{error}");
    let no_field = [var("HOST", "Service", "web", "spec.clusterIP")];
    let error = resolve(&mut Bench::new(POD), &no_field).unwrap_err();
    assert!(error.to_string().contains("reads `spec.clusterIP` of Service.v1.[noGrp]/web.[noNs], which is not there"));
    let twice = [var("HOST", "Service", "web", ""), var("HOST", "Service", "web", "")];
    assert!(resolve(&mut Bench::new(POD), &twice).unwrap_err().to_string().contains("declared twice"));
    let namesakes = format!("{POD}---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: x\n");
    let error = resolve(&mut Bench::new(&namesakes), &[var("HOST", "Service", "web", "")]).unwrap_err();
    assert!(error.to_string().contains("2 resources fit the var `HOST`"), "{error}");
}
