namespace Gateway.Engine.Models;

/// <summary>Sees a forward pass from inside, to compare it with another implementation. The spans are valid during the call only.</summary>
internal interface IForwardObserver
{
    /// <summary>Values of all tokens of the batch, row by row. The name is the place, e.g. <c>layer.3.out</c>.</summary>
    void OnValues(string name, ReadOnlySpan<float> values);

    /// <summary>The experts chosen for all tokens, ascending per token, and what each one's output is multiplied by.</summary>
    void OnExperts(int layer, ReadOnlySpan<int> experts, ReadOnlySpan<float> weights);
}
