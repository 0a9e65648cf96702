namespace Gateway.Engine.Models;

/// <summary>A divisor of its own for every frequency: the form in which GGUF files hold <see cref="Llama3Scaling"/>.</summary>
/// <param name="Divisors">One per pair.</param>
internal sealed record DivisorScaling(float[] Divisors) : RopeScaling
{
    public override double Scale(double frequency, int pair, int dimension, double theta) => frequency / Divisors[pair];
}
