namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>
/// Objects: declared properties in the order of the schema, those that are not required perhaps left out, further ones behind them.
/// Very many optional ones in a row come in any order: to keep theirs, an automaton would need all that may still come in each place.
/// </summary>
/// <param name="compile">What all of some schemas describe together; null where that is nothing.</param>
/// <param name="syntax">How objects are written.</param>
internal sealed class ObjectGrammar(Func<IReadOnlyList<SchemaSource>, Grammar?> compile, ObjectSyntax syntax)
{
    /// <summary>More optional properties than this are rules of their own: at each place all that may still come are possible.</summary>
    private const int MaxInlineOptional = 24;

    /// <summary>More optional properties than this in a row come in any order, and an automaton does not remember which have come.</summary>
    private const int MaxOrderedOptional = 256;

    /// <summary>Null where no object can be all that.</summary>
    /// <exception cref="JsonSchemaException">The number of properties is limited in a way that is not supported.</exception>
    public Grammar? Of(SchemaFacts facts, bool isStrict)
    {
        var declared = facts.Objects.SelectMany(part => part.Properties.Keys).Concat(facts.Required).Distinct().ToList();
        var required = facts.Required.ToHashSet(StringComparer.Ordinal);
        List<(Grammar Member, bool IsRequired)> members = [];
        foreach (var name in declared)
        {
            if (compile([.. facts.Objects.Select(part => part.Of(name)).OfType<SchemaSource>()]) is { } value && syntax.Member(name, value) is { } member)
            {
                members.Add((member, required.Contains(name)));
            }
            else if (required.Contains(name))
            {
                return null;
            }
        }

        var further = Further(facts, declared);
        if (members.Count == 0)
        {
            return Map(facts, further);
        }

        if (isStrict)
        {
            CheckCounts(facts, members.Count(member => member.IsRequired), further is null ? members.Count : long.MaxValue);
        }

        return Grammar.Sequence(syntax.Open, Members(Runs(members), further));
    }

    /// <summary>Each required member alone, and the optional ones between two of them together, as one or in pieces.</summary>
    private static List<(Grammar Member, MemberKind Kind)> Runs(List<(Grammar Member, bool IsRequired)> members)
    {
        var inlined = members.Count(member => !member.IsRequired) <= MaxInlineOptional;
        List<(Grammar Member, MemberKind Kind)> runs = [];
        for (var (i, end) = (0, 0); i < members.Count; i = end)
        {
            while (end < members.Count && !members[end].IsRequired)
            {
                end++;
            }

            if (end - i > MaxOrderedOptional)
            {
                runs.Add((Grammar.Choice([.. members[i..end].Select(member => member.Member)]), MemberKind.AnyOrder));
            }
            else if (end > i)
            {
                runs.AddRange(members[i..end].Select(member => (inlined ? member.Member : AsRule(member.Member), MemberKind.Optional)));
            }
            else
            {
                runs.Add((members[end++].Member, MemberKind.Required));
            }
        }

        return runs;
    }

    private static Grammar AsRule(Grammar member) => Grammar.Reference(new GrammarRule("property") { Body = member });

    private Grammar Members(List<(Grammar Member, MemberKind Kind)> members, Grammar? further)
    {
        var behindOne = further is null
            ? syntax.CloseBehindMember
            : Grammar.Sequence(Grammar.Repeat(Grammar.Sequence(syntax.Separator, further)), syntax.CloseBehindMember);
        var first = further is null ? syntax.Close : Grammar.Choice(syntax.Close, Grammar.Sequence(further, behindOne));
        for (var i = members.Count - 1; i >= 0; i--)
        {
            var (member, kind) = members[i];
            if (kind == MemberKind.AnyOrder)
            {
                behindOne = Grammar.Sequence(Grammar.Repeat(Grammar.Sequence(syntax.Separator, member)), behindOne);
                first = Grammar.Choice(Grammar.Sequence(member, behindOne), first);
                continue;
            }

            var taken = Grammar.Sequence(member, behindOne);
            first = kind == MemberKind.Required ? taken : Grammar.Choice(taken, first);
            var next = Grammar.Sequence(syntax.Separator, taken);
            behindOne = kind == MemberKind.Required ? next : Grammar.Choice(next, behindOne);
        }

        return first;
    }

    /// <summary>A property that is not declared; null where there may be none.</summary>
    private Grammar? Further(SchemaFacts facts, List<string> declared)
    {
        var rules = facts.Objects.Select(part => part.Additional).OfType<SchemaSource>().ToList();
        if ((rules.Count == 0 && declared.Count > 0) || compile(rules) is not { } value)
        {
            return null;
        }

        return syntax.FurtherMember(declared, value);
    }

    private Grammar? Map(SchemaFacts facts, Grammar? member)
    {
        var (min, max) = ((int)facts.MinProperties, (int?)facts.MaxProperties);
        max = member is null ? 0 : max;
        if (min > max)
        {
            return null;
        }

        var none = min == 0 ? [syntax.Close] : (IReadOnlyList<Grammar>)[];
        var some = max == 0 ? [] : (IReadOnlyList<Grammar>)
            [Grammar.Sequence(member!, Grammar.Repeat(Grammar.Sequence(syntax.Separator, member!), Math.Max(0, min - 1), max - 1), syntax.CloseBehindMember)];
        return Grammar.Sequence(syntax.Open, Grammar.Choice([.. none, .. some]));
    }

    private static void CheckCounts(SchemaFacts facts, int least, long most)
    {
        if (facts.MinProperties > least)
        {
            throw facts.Origin.Error("minProperties", "is supported only where no properties are declared, or so many are required anyway.");
        }

        if (facts.MaxProperties < most)
        {
            throw facts.Origin.Error("maxProperties", "is supported only where no properties are declared, or no more can come anyway.");
        }
    }

    private enum MemberKind
    {
        Required,
        Optional,

        /// <summary>A choice of optional ones, of which any number comes.</summary>
        AnyOrder,
    }
}
