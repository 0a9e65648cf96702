namespace Gateway.Engine.Backends;

/// <summary>hidden += F(norm(hidden)).</summary>
internal interface IFeedForward
{
    void Add(IRows hidden);
}
