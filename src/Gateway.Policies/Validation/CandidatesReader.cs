using System.Collections.Immutable;
using Gateway.Policies.Yaml;

namespace Gateway.Policies.Validation;

/// <summary>Reads the candidates of a route: names of models, or mappings with a name and a weight.</summary>
internal sealed class CandidatesReader(RoutingStrategy? strategy, DeclaredProviders? providers)
{
    private const int MaxWeight = 1000;

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly ImmutableArray<ModelCard>.Builder _cards = ImmutableArray.CreateBuilder<ModelCard>();
    private readonly ImmutableArray<Field>.Builder _fields = ImmutableArray.CreateBuilder<Field>();
    private readonly ImmutableArray<double>.Builder _weights = ImmutableArray.CreateBuilder<double>();

    /// <summary>The models that are known, and beside each its place and its weight; no weights when all are 1.</summary>
    public (ImmutableArray<ModelCard> Cards, ImmutableArray<Field> Fields, ImmutableArray<double> Weights) Read(ImmutableArray<Field> items)
    {
        foreach (var item in items)
        {
            if (item.Node is MapNode)
            {
                ReadWeighted(item);
            }
            else
            {
                Add(item, weight: 1);
            }
        }

        if (_weights.Count > 0 && _weights.All(weight => weight == 0))
        {
            items[0].Error("Every weight is 0, so that no candidate can be drawn.", "Give at least one candidate a weight above 0");
        }

        return (_cards.ToImmutable(), _fields.ToImmutable(), _weights.All(weight => weight == 1) ? [] : _weights.ToImmutable());
    }

    private void ReadWeighted(Field item)
    {
        var section = item.AsSection()!;
        section.RefuseOthers("model", "weight");
        var weight = section.Find("weight");
        if (strategy is not (null or RoutingStrategy.Weighted))
        {
            weight?.Error("The route's strategy knows no weights.", "Remove the weight, or write strategy: weighted");
        }

        var share = weight?.AsNumber(0, MaxWeight) ?? 1;
        if (section.Require("model", "Write a provider/model name") is { } model)
        {
            Add(model, share);
        }
    }

    private void Add(Field field, double weight)
    {
        if (field.AsText() is not { } name)
        {
            return;
        }

        if (!_seen.Add(name))
        {
            field.Error($"{Quote.Of(name)} is listed a second time.", "Remove it");
        }
        else if (providers?.FindModel(name, field) is { } card)
        {
            _cards.Add(card);
            _fields.Add(field);
            _weights.Add(weight);
        }
    }
}
