namespace Gateway.Engine.Backends;

/// <summary>y = [W₁ · norm(x) | W₂ · norm(x) | …].</summary>
internal interface IProjection
{
    void Apply(RowsView x, IRows y);
}
