using System.Text;
using System.Text.Json;
using Gateway.Engine.Constraints.Automata;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>The values of an enumeration that what else is said about them allows.</summary>
/// <param name="facts">What is said.</param>
/// <param name="compile">The values of some types that it allows without the enumeration; null where there are none.</param>
internal sealed class EnumValues(SchemaFacts facts, Func<JsonTypes, Grammar?> compile)
{
    private readonly Dictionary<JsonTypes, PushdownAutomaton?> _automata = [];

    /// <exception cref="JsonSchemaException">An object or array would have to be compared with a schema that says more than its type.</exception>
    public IEnumerable<JsonElement> Allowed() => facts.Values!.Where(IsAllowed);

    private bool IsAllowed(JsonElement value)
    {
        var type = JsonTypeReader.Of(value);
        if ((type & facts.Types) == 0)
        {
            return false;
        }

        switch (type)
        {
            case JsonTypes.Integer or JsonTypes.Fraction:
                return facts.Bounds.IsOpen || (DecimalNumber.Parse(value.GetRawText()) is { } number && facts.Bounds.Contains(number));
            case JsonTypes.String when facts.Patterns.Count > 0 || facts.MinLength > 0 || facts.MaxLength is not null:
                return Automaton(type)?.Accepts(Encoding.UTF8.GetBytes(JsonText.Quote(value.GetString()!))) ?? false;
            case JsonTypes.Object when facts.Objects.Count + facts.Required.Count > 0 || facts.MinProperties > 0 || facts.MaxProperties is not null:
            case JsonTypes.Array when facts.Arrays.Count > 0 || facts.MinItems > 0 || facts.MaxItems is not null:
                throw facts.Origin.Error("enum", "objects and arrays in it cannot be compared with the other keywords; leave those out.");
            default:
                return true;
        }
    }

    private PushdownAutomaton? Automaton(JsonTypes type)
    {
        if (!_automata.TryGetValue(type, out var automaton))
        {
            automaton = compile(type) is { } grammar ? GrammarCompiler.Compile(grammar) : null;
            _automata.Add(type, automaton);
        }

        return automaton;
    }
}
