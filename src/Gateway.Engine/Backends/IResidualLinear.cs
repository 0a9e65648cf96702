namespace Gateway.Engine.Backends;

/// <summary>hidden += W · x.</summary>
internal interface IResidualLinear
{
    void Add(IRows x, IRows hidden);
}
