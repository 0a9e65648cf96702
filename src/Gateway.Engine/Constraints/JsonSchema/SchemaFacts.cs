using System.Text.Json;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>
/// What several schemas say together about one value: a schema with all that its <c>$ref</c> and <c>allOf</c> bring in. Assertions about a
/// type hold only for values of that type; which types there are is narrowed separately.
/// </summary>
internal sealed class SchemaFacts
{
    private const int MaxReferenceDepth = 64;

    private readonly SchemaDocument _document;
    private readonly bool _isStrict;
    private readonly HashSet<string> _added = new(StringComparer.Ordinal);

    private SchemaFacts(SchemaDocument document, bool isStrict) => (_document, _isStrict) = (document, isStrict);

    /// <summary>The schema that errors about the whole name.</summary>
    public SchemaSource Origin { get; private init; }

    public JsonTypes Types { get; private set; } = JsonTypes.All;

    /// <summary>False where no type was named: then the other keywords tell which are meant.</summary>
    public bool HasTypes { get; private set; }

    /// <summary>The only values that are allowed; null: no such list.</summary>
    public IReadOnlyList<JsonElement>? Values { get; private set; }

    public long MinLength { get; private set; }

    public long? MaxLength { get; private set; }

    /// <summary>Patterns and formats, each with the schema that has it.</summary>
    public List<(SchemaSource Source, string Keyword, string Text)> Patterns { get; } = [];

    public NumberBounds Bounds { get; private set; }

    public List<ObjectFacts> Objects { get; } = [];

    /// <summary>In the order in which they were named.</summary>
    public List<string> Required { get; } = [];

    public long MinProperties { get; private set; }

    public long? MaxProperties { get; private set; }

    public List<ArrayFacts> Arrays { get; } = [];

    public long MinItems { get; private set; }

    public long? MaxItems { get; private set; }

    /// <summary>What is still to be chosen from.</summary>
    public List<Alternatives> Choices { get; } = [];

    /// <summary>A schema is <c>false</c>.</summary>
    public bool IsImpossible { get; private set; }

    /// <summary>Whether a reference was followed, so that what is compiled here may come up inside itself.</summary>
    public bool HasReferences { get; private set; }

    /// <exception cref="JsonSchemaException">Something is malformed or not supported.</exception>
    public static SchemaFacts Of(SchemaDocument document, IReadOnlyList<SchemaSource> sources, bool isStrict)
    {
        SchemaFacts facts = new(document, isStrict) { Origin = sources.Count > 0 ? sources[0] : document.Root };
        foreach (var source in sources)
        {
            facts.Add(source, []);
        }

        facts.InferTypes();
        return facts;
    }

    /// <summary>The same with one alternative of the first choice; what is left to choose from is the rest.</summary>
    public SchemaFacts With(SchemaSource alternative)
    {
        SchemaFacts facts = new(_document, _isStrict)
        {
            Origin = Origin,
            Types = Types,
            HasTypes = HasTypes,
            Values = Values,
            MinLength = MinLength,
            MaxLength = MaxLength,
            Bounds = Bounds,
            MinProperties = MinProperties,
            MaxProperties = MaxProperties,
            MinItems = MinItems,
            MaxItems = MaxItems,
            IsImpossible = IsImpossible,
        };
        facts._added.UnionWith(_added);
        facts.Patterns.AddRange(Patterns);
        facts.Objects.AddRange(Objects);
        facts.Required.AddRange(Required);
        facts.Arrays.AddRange(Arrays);
        facts.Choices.AddRange(Choices.Skip(1));
        facts.Add(alternative, []);
        facts.InferTypes();
        return facts;
    }

    /// <summary>Whether nothing but the first choice is said, so that its alternatives stand for themselves.</summary>
    public bool IsChoiceAlone =>
        Choices.Count == 1 && Types == JsonTypes.All && Values is null && (MinLength, MaxLength, Patterns.Count) == (0, null, 0) && Bounds.IsOpen
        && (Objects.Count, Required.Count, MinProperties, MaxProperties) == (0, 0, 0, null) && (Arrays.Count, MinItems, MaxItems) == (0, 0, null)
        && !IsImpossible;

    /// <param name="source">What is added.</param>
    /// <param name="path">Pointers of the schemas that led to it.</param>
    private void Add(SchemaSource source, List<string> path)
    {
        if (source.Element.ValueKind != JsonValueKind.Object)
        {
            IsImpossible |= source.Element.ValueKind == JsonValueKind.False;
            return;
        }

        // Saying a thing twice says nothing more.
        if (!_added.Add(source.Pointer))
        {
            return;
        }

        CheckKeywords(source);
        AddTypes(source);
        AddValues(source);
        AddStrings(source);
        AddNumbers(source);
        AddObjects(source);
        AddArrays(source);
        foreach (var keyword in (ReadOnlySpan<string>)["anyOf", "oneOf"])
        {
            if (source.Element.TryGetProperty(keyword, out var choice))
            {
                Choices.Add(new Alternatives(source, keyword == "oneOf", source.ListUnder(keyword, choice)));
            }
        }

        path = [.. path, source.Pointer];
        if (source.Element.TryGetProperty("allOf", out var all))
        {
            source.ListUnder("allOf", all).ForEach(item => Add(item, path));
        }

        if (source.Element.TryGetProperty("$ref", out var reference))
        {
            var target = _document.Resolve(source, reference);
            if (path.Contains(target.Pointer) || path.Count == MaxReferenceDepth)
            {
                throw source.Error("$ref", "the schema refers to itself without anything in between, so no value is described.");
            }

            HasReferences = true;
            Add(target, path);
        }
    }

    private void CheckKeywords(SchemaSource source)
    {
        foreach (var member in source.Element.EnumerateObject())
        {
            var isHarmless = member.Value.ValueKind == JsonValueKind.False && member.Name == "uniqueItems";
            if (_isStrict && !isHarmless && SchemaKeywords.WhyRefused(member.Name) is { } reason && !IsOne(member))
            {
                throw source.Error(member.Name, reason);
            }
        }
    }

    /// <summary>Every integer is a multiple of 1.</summary>
    private static bool IsOne(JsonProperty member) =>
        member is { Name: "multipleOf", Value.ValueKind: JsonValueKind.Number } && DecimalNumber.Parse(member.Value.GetRawText()) == new DecimalNumber(1, 0);

    private void AddTypes(SchemaSource source)
    {
        if (source.Element.TryGetProperty("type", out var type))
        {
            var names = type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().ToList() : [type];
            var types = JsonTypes.None;
            foreach (var name in names)
            {
                var one = JsonTypeReader.Named(name.ValueKind == JsonValueKind.String ? name.GetString() : null);
                types |= one != JsonTypes.None
                    ? one
                    : throw source.Error("type", "must be null, boolean, integer, number, string, array or object, or a list of these.");
            }

            var isNullable = source.Element.TryGetProperty("nullable", out var nullable) && nullable.ValueKind == JsonValueKind.True;
            Types &= isNullable ? types | JsonTypes.Null : types;
            HasTypes = true;
        }

        if (source.Element.EnumerateObject().Any(IsOne))
        {
            Types &= ~JsonTypes.Fraction;
        }
    }

    private void AddValues(SchemaSource source)
    {
        if (source.Element.TryGetProperty("enum", out var list))
        {
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            {
                throw source.Error("enum", "must be an array of at least one value.");
            }

            Keep([.. list.EnumerateArray()]);
        }

        if (source.Element.TryGetProperty("const", out var value))
        {
            Keep([value]);
        }
    }

    private void Keep(List<JsonElement> values) =>
        Values = Values is null ? values : [.. Values.Where(value => values.Exists(other => JsonElement.DeepEquals(value, other)))];

    private void AddStrings(SchemaSource source)
    {
        MinLength = Math.Max(MinLength, Count(source, "minLength") ?? 0);
        MaxLength = Least(MaxLength, Count(source, "maxLength"));
        foreach (var keyword in (ReadOnlySpan<string>)["pattern", "format"])
        {
            if (source.Element.TryGetProperty(keyword, out var text))
            {
                Patterns.Add((source, keyword, text.ValueKind == JsonValueKind.String ? text.GetString()! : throw source.Error(keyword, "must be a string.")));
            }
        }
    }

    private void AddNumbers(SchemaSource source)
    {
        foreach (var (keyword, isLower, isExclusive) in (ReadOnlySpan<(string, bool, bool)>)
            [("minimum", true, false), ("exclusiveMinimum", true, true), ("maximum", false, false), ("exclusiveMaximum", false, true)])
        {
            if (!source.Element.TryGetProperty(keyword, out var value))
            {
                continue;
            }

            if (value.ValueKind != JsonValueKind.Number || DecimalNumber.Parse(value.GetRawText()) is not { } bound)
            {
                throw source.Error(keyword, "must be a number that 400 digits can write.");
            }

            Bounds = isLower ? Bounds.AtLeast(bound, isExclusive) : Bounds.AtMost(bound, isExclusive);
        }
    }

    private void AddObjects(SchemaSource source)
    {
        if (ObjectFacts.Read(source) is { } facts)
        {
            Objects.Add(facts);
        }

        MinProperties = Math.Max(MinProperties, Count(source, "minProperties") ?? 0);
        MaxProperties = Least(MaxProperties, Count(source, "maxProperties"));
        if (!source.Element.TryGetProperty("required", out var required))
        {
            return;
        }

        if (required.ValueKind != JsonValueKind.Array || required.EnumerateArray().Any(name => name.ValueKind != JsonValueKind.String))
        {
            throw source.Error("required", "must be an array of property names.");
        }

        Required.AddRange(required.EnumerateArray().Select(name => name.GetString()!).Except(Required).ToList());
    }

    private void AddArrays(SchemaSource source)
    {
        if (ArrayFacts.Read(source) is { } facts)
        {
            Arrays.Add(facts);
        }

        MinItems = Math.Max(MinItems, Count(source, "minItems") ?? 0);
        MaxItems = Least(MaxItems, Count(source, "maxItems"));
    }

    /// <summary>Where nothing names a type, keywords that are about one mean it: the answer is then narrower than the schema, never wider.</summary>
    private void InferTypes()
    {
        if (HasTypes || Values is not null || Choices.Count > 0)
        {
            return;
        }

        var types = JsonTypes.None;
        types |= Objects.Count > 0 || Required.Count > 0 || MinProperties > 0 || MaxProperties is not null ? JsonTypes.Object : types;
        types |= Arrays.Count > 0 || MinItems > 0 || MaxItems is not null ? JsonTypes.Array : types;
        types |= Patterns.Count > 0 || MinLength > 0 || MaxLength is not null ? JsonTypes.String : types;
        types |= !Bounds.IsOpen ? JsonTypes.Number : types;
        Types &= types == JsonTypes.None ? JsonTypes.All : types;
    }

    private static long? Count(SchemaSource source, string keyword)
    {
        if (!source.Element.TryGetProperty(keyword, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && DecimalNumber.Parse(value.GetRawText()) is { IsInteger: true, Sign: >= 0 } count
            ? (long)System.Numerics.BigInteger.Min(count.Unscaled, int.MaxValue)
            : throw source.Error(keyword, "must be a whole number of 0 or more.");
    }

    private static long? Least(long? one, long? other) => one is null || other is null ? one ?? other : Math.Min(one.Value, other.Value);
}
