namespace Gateway.Engine.Models;

/// <summary>How a model changes the frequencies of rotary position embedding to reach contexts longer than it was trained on first.</summary>
internal abstract record RopeScaling
{
    /// <summary>Multiplies cosines and sines.</summary>
    public virtual double RotaryMultiplier => 1;

    /// <summary>The changed frequency of a pair of channels.</summary>
    /// <param name="frequency">Radians per position without scaling.</param>
    /// <param name="pair">Index of the pair.</param>
    /// <param name="dimension">Channels that turn: twice the number of pairs.</param>
    /// <param name="theta">Base of the frequencies.</param>
    public abstract double Scale(double frequency, int pair, int dimension, double theta);
}
