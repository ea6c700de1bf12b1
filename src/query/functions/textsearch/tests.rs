use super::family;

#[test]
fn every_operator_has_its_function() {
    let family = family();
    for operator in &family.operators {
        let args: Vec<_> = operator.left.into_iter().chain([operator.right]).collect();
        let found = family
            .functions
            .iter()
            .any(|function| function.name == operator.function && function.args == args);
        assert!(found, "{} {}", operator.name, operator.function);
    }
}

#[test]
fn names_with_arguments_are_unique() {
    let family = family();
    let mut names: Vec<_> =
        family.functions.iter().map(|function| (function.name, function.args)).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}
