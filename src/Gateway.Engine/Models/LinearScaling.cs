namespace Gateway.Engine.Models;

/// <summary>Linear position interpolation (Chen et al. 2023, arXiv:2306.15595): all positions are squeezed by one factor.</summary>
/// <param name="Factor">How many times longer the context is than the one trained on.</param>
internal sealed record LinearScaling(double Factor) : RopeScaling
{
    public override double Scale(double frequency, int pair, int dimension, double theta) => frequency / Factor;
}
