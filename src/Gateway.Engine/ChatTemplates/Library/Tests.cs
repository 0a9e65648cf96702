using System.Collections.Frozen;
using System.Numerics;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>Every test that may follow <c>is</c>.</summary>
internal static class Tests
{
    public static FrozenDictionary<string, Builtin> All { get; } = new[]
        {
            Kind("defined", value => value is not UndefinedValue),
            Kind("undefined", value => value is UndefinedValue),
            Kind("none", value => value is NoneValue),
            Kind("boolean", value => value is BoolValue),
            Kind("true", value => value is BoolValue { Flag: true }),
            Kind("false", value => value is BoolValue { Flag: false }),
            Kind("integer", value => value is IntegerValue),
            Kind("float", value => value is FloatValue),
            Kind("number", value => value is IntegerValue or FloatValue or BoolValue),
            Kind("string", value => value is StringValue),
            Kind("mapping", value => value is DictValue),
            Kind("sequence", value => value is SequenceValue or StringValue or DictValue or UndefinedValue),
            Kind("iterable", Iteration.IsIterable),
            Kind("callable", value => value is CallableValue),
            Kind("lower", value => value is StringValue text && HasOnlyCase(text.Text, char.IsLower, char.IsUpper)),
            Kind("upper", value => value is StringValue text && HasOnlyCase(text.Text, char.IsUpper, char.IsLower)),
            Kind("even", value => Remainder(value, 2).IsZero),
            Kind("odd", value => !Remainder(value, 2).IsZero),
            new Builtin("divisibleby", ["num"], (subject, arguments, _) => BoolValue.Of(
                Numbers.TryInteger(arguments[0]!, out var divisor) && Remainder(subject, divisor).IsZero)),
            new Builtin("in", ["seq"], (subject, arguments, context) =>
                BoolValue.Of(Comparison.Contains(arguments[0]!, subject, context.Budget))),
            new Builtin("sameas", ["other"], (subject, arguments, context) => BoolValue.Of(
                subject.GetType() == arguments[0]!.GetType() && Comparison.AreEqual(subject, arguments[0]!, context.Budget))),
        }
        .Concat(Equality(["eq", "equalto", "=="], wanted: true))
        .Concat(Equality(["ne", "!="], wanted: false))
        .Concat(Order(["lt", "lessthan", "<"], order => order < 0))
        .Concat(Order(["le", "<="], order => order <= 0))
        .Concat(Order(["gt", "greaterthan", ">"], order => order > 0))
        .Concat(Order(["ge", ">="], order => order >= 0))
        .ToFrozenDictionary(test => test.Name, StringComparer.Ordinal);

    private static Builtin Kind(string name, Predicate<Value> holds) => new(name, [], (subject, _, _) => BoolValue.Of(holds(subject)));

    private static IEnumerable<Builtin> Equality(string[] names, bool wanted) => names.Select(name => new Builtin(
        name, ["other"], (subject, arguments, context) =>
            BoolValue.Of(Comparison.AreEqual(subject, arguments[0]!, context.Budget) == wanted)));

    private static IEnumerable<Builtin> Order(string[] names, Predicate<int> holds) => names.Select(name => new Builtin(
        name, ["other"], (subject, arguments, context) => BoolValue.Of(
            Comparison.Order(subject, arguments[0]!, context.Budget) is { } order && holds(order))));

    /// <summary>At least one letter of the wanted case and none of the other.</summary>
    internal static bool HasOnlyCase(string text, Func<char, bool> wanted, Func<char, bool> other) => text.Any(wanted) && !text.Any(other);

    private static BigInteger Remainder(Value value, BigInteger divisor)
    {
        if (!Numbers.TryInteger(value, out var number) || divisor.IsZero)
        {
            throw new ChatTemplateException($"divisibility needs integers and a divisor other than 0, not '{value.TypeName}'.");
        }

        return BigInteger.Remainder(number, divisor);
    }
}
