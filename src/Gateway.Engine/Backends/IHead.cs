namespace Gateway.Engine.Backends;

/// <summary>The last norm and the map to logits; the backend keeps the logits until the next step.</summary>
internal interface IHead
{
    void Apply(IRows hidden);
}
