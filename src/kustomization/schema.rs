//! The JSON Schema of kustomization.yaml, made from the types that read it.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Kustomization;

/// The schema (draft 2020-12) of a kustomization file, for editors.
///
/// It has the fields that the reader takes, with what our types say of them. Like the reader, it refuses unknown fields
/// and takes null for anything and names in upper and lower case alike.
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Kustomization>().to_value();
    refine(&mut schema, "#");
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for (name, definition) in definitions {
            refine(definition, &format!("#/$defs/{name}"));
        }
    }
    schema["title"] = json!("Kustomization");
    schema
}

/// Brings the schema of one type, which has this place in the whole, into its final form.
fn refine(schema: &mut Value, place: &str) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    properties.values_mut().filter_map(Value::as_object_mut).for_each(refine_property);
    let in_any_case =
        properties.keys().map(|name| (pattern(name), json!({"$ref": format!("{place}/properties/{name}")})));
    let in_any_case: Map<String, Value> = in_any_case.collect();
    schema["patternProperties"] = Value::Object(in_any_case);
    schema["additionalProperties"] = json!(false);
}

/// A pattern that a name fits in upper and lower case.
fn pattern(name: &str) -> String {
    let either = |character: char| match (character.to_ascii_lowercase(), character.to_ascii_uppercase()) {
        (lower, upper) if lower == upper => character.to_string(),
        (lower, upper) => format!("[{lower}{upper}]"),
    };
    format!("^{}$", name.chars().map(either).collect::<String>())
}

fn refine_property(property: &mut Map<String, Value>) {
    // An absent field and an empty one are the same: editors need not be told.
    property.remove("default");
    let description = property.get("description").and_then(Value::as_str).map(|text| text.replace('\n', " "));
    if let Some(description) = &description {
        property.insert("description".into(), json!(description));
        if description.starts_with("Deprecated:") {
            property.insert("deprecated".into(), json!(true));
        }
    }
    accept_null(property);
}

fn accept_null(property: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = property.get_mut("enum") {
        values.push(Value::Null);
    }
    match property.get_mut("type") {
        Some(Value::Array(types)) if types.iter().any(|one| one == "null") => {}
        Some(Value::Array(types)) => types.push(json!("null")),
        Some(one) => *one = json!([one.clone(), "null"]),
        None => {
            if let Some(reference) = property.remove("$ref") {
                property.insert("anyOf".into(), json!([{"$ref": reference}, {"type": "null"}]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt;

    use serde::de::{self, Deserialize, Deserializer, Visitor};

    use super::super::{generator, helm, replacement, types};
    use super::*;

    /// Tells which fields a type asks for, by failing with them.
    struct Fields;

    #[derive(Debug)]
    struct Asked(BTreeSet<String>);

    impl fmt::Display for Asked {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:?}", self.0)
        }
    }

    impl std::error::Error for Asked {}

    impl de::Error for Asked {
        fn custom<T: fmt::Display>(_: T) -> Asked {
            Asked(BTreeSet::new())
        }
    }

    impl<'de> Deserializer<'de> for Fields {
        type Error = Asked;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
            Err(Asked(BTreeSet::new()))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Asked> {
            Err(Asked(fields.iter().map(|&field| field.to_owned()).collect()))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    fn read<T: Deserialize<'static> + fmt::Debug>() -> BTreeSet<String> {
        T::deserialize(Fields).unwrap_err().0
    }

    fn described(schema: &Value, name: &str) -> BTreeSet<String> {
        let one = if name == "Kustomization" { schema } else { &schema["$defs"][name] };
        let properties = one["properties"].as_object().unwrap_or_else(|| panic!("{name} is in the schema"));
        properties.keys().cloned().collect()
    }

    #[test]
    fn the_schema_has_the_fields_that_the_reader_takes() {
        let schema = json_schema();
        let types: Vec<(&str, BTreeSet<String>)> = vec![
            ("Kustomization", read::<Kustomization>()),
            ("ObjectMeta", read::<types::ObjectMeta>()),
            ("FieldSpec", read::<types::FieldSpec>()),
            ("Selector", read::<types::Selector>()),
            ("Label", read::<types::Label>()),
            ("Patch", read::<types::Patch>()),
            ("PatchOptions", read::<types::PatchOptions>()),
            ("Image", read::<types::Image>()),
            ("Replica", read::<types::Replica>()),
            ("Var", read::<types::Var>()),
            ("VarTarget", read::<types::VarTarget>()),
            ("VarField", read::<types::VarField>()),
            ("SortOptions", read::<types::SortOptions>()),
            ("LegacySortOptions", read::<types::LegacySortOptions>()),
            ("ConfigMapArgs", read::<generator::ConfigMapArgs>()),
            ("SecretArgs", read::<generator::SecretArgs>()),
            ("GeneratorOptions", read::<generator::GeneratorOptions>()),
            ("HelmGlobals", read::<helm::HelmGlobals>()),
            ("HelmChart", read::<helm::HelmChart>()),
            ("HelmChartArgs", read::<helm::HelmChartArgs>()),
            ("Replacement", read::<replacement::Replacement>()),
            ("SourceSelector", read::<replacement::SourceSelector>()),
            ("TargetSelector", read::<replacement::TargetSelector>()),
            ("FieldOptions", read::<replacement::FieldOptions>()),
        ];
        for (name, fields) in &types {
            assert!(!fields.is_empty());
            assert_eq!(&described(&schema, name), fields, "{name}");
        }
        let known: BTreeSet<&str> =
            types.iter().map(|(name, _)| *name).filter(|name| *name != "Kustomization").collect();
        let defined: BTreeSet<&str> = schema["$defs"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(defined, known, "every type of the schema is compared above");
    }

    #[test]
    fn every_field_is_described_and_old_ones_are_marked() {
        let schema = json_schema();
        let types = schema["$defs"].as_object().unwrap().values().chain([&schema]);
        for (name, property) in types.flat_map(|one| one["properties"].as_object().unwrap()) {
            assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        }
        let properties = schema["properties"].as_object().unwrap();
        let deprecated: Vec<&String> =
            properties.iter().filter(|(_, one)| one["deprecated"] == true).map(|(name, _)| name).collect();
        let expected = [
            "commonLabels",
            "patchesStrategicMerge",
            "patchesJson6902",
            "imageTags",
            "vars",
            "bases",
            "helmChartInflationGenerator",
        ];
        assert_eq!(deprecated.iter().map(|name| name.as_str()).collect::<BTreeSet<_>>(), expected.into());
    }
}
