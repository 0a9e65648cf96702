namespace Gateway.Hosting;

/// <summary>Tells of every tenth of a load once, however often it hears of it.</summary>
/// <param name="tell">Called with the percentage: 10, 20 and on.</param>
internal sealed class LoadProgress(Action<int> tell) : IProgress<double>
{
    private int _told;

    public void Report(double value)
    {
        var tenths = (int)(value * 10);
        if (tenths > _told)
        {
            _told = tenths;
            tell(tenths * 10);
        }
    }
}
