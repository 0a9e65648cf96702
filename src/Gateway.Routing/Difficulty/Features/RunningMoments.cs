namespace Gateway.Routing.Difficulty.Features;

/// <summary>Mean, standard deviation and largest of the values added; all 0 before the first.</summary>
internal struct RunningMoments
{
    private int _count;
    private double _sum;
    private double _squares;

    public float Max { get; private set; }

    public readonly float Mean => _count == 0 ? 0 : (float)(_sum / _count);

    public readonly float Deviation =>
        _count == 0 ? 0 : (float)Math.Sqrt(Math.Max(0, (_squares / _count) - (_sum / _count * (_sum / _count))));

    public void Add(float value)
    {
        Max = _count == 0 ? value : Math.Max(Max, value);
        _count++;
        _sum += value;
        _squares += (double)value * value;
    }
}
