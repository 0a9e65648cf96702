using FsCheck;
using FsCheck.Fluent;
using Gateway.Policies;

namespace Gateway.Budgets.Tests.Calendar;

/// <summary>What holds of the windows of every period, in every zone of this machine, at any moment and near changes of clocks above all.</summary>
public sealed class BudgetCalendarPropertyTests
{
    private static readonly DateTimeOffset Earliest = new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2070, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeZoneInfo[] Zones = [.. TimeZoneInfo.GetSystemTimeZones()];

    /// <summary>Zones with changes at midnight, changes by half an hour, and skipped dates.</summary>
    private static readonly TimeZoneInfo[] OddZones =
    [
        .. new[]
        {
            "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "America/Caracas",
            "Asia/Kathmandu", "Pacific/Kwajalein", "America/Asuncion", "Asia/Amman", "Africa/Cairo", "America/Scoresbysund", "Europe/Berlin",
        }.Select(TimeZoneInfo.FindSystemTimeZoneById),
    ];

    private static readonly Gen<FiscalCalendar> Calendars = Gen.OneOf(
        from day in Gen.Choose(1, 31) select (FiscalCalendar)new FiscalMonths(day),
        from pattern in Gen.Elements(Enum.GetValues<FiscalPattern>())
        from first in Gen.Elements(Enum.GetValues<DayOfWeek>())
        from month in Gen.Choose(1, 12)
        from day in Gen.Choose(1, 28)
        select (FiscalCalendar)new FiscalWeeks(pattern, first, month, day));

    private static readonly Gen<Scene> Scenes =
        from period in Gen.Elements(Enum.GetValues<BudgetPeriod>().Where(period => period != BudgetPeriod.Lifetime).ToArray())
        from zone in Gen.OneOf(Gen.Elements(Zones), Gen.Elements(OddZones))
        from calendar in Calendars
        from seconds in Gen.Choose(0, 2_000_000_000)
        from isNearAChange in Gen.Elements(true, false)
        from offset in Gen.Choose(-200_000, 200_000)
        from ticks in Gen.Choose(-1, 1)
        select new Scene(period, zone, calendar, Instant(zone, seconds, isNearAChange, offset).AddTicks(ticks));

    [Fact]
    public void WindowAt_AnyMoment_IsInItsWindowWhichTheNeighboursTouch() => ForAny(scene =>
    {
        var window = scene.At(scene.Instant);
        Assert.True(window.Start <= scene.Instant && scene.Instant < window.End);
        Assert.Equal(window, scene.At(window.Start));
        Assert.Equal(window, scene.At(window.End.AddTicks(-1)));
        var next = scene.At(window.End);
        Assert.Equal(window.End, next.Start);
        Assert.Equal(window.Start, scene.At(window.Start.AddTicks(-1)).End);
        Assert.True(string.CompareOrdinal(window.Id, next.Id) < 0);
    });

    [Fact]
    public void WindowAt_TwoMoments_AreInWindowsOfTheSameOrder() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1000),
        Prop.ForAll(Scenes.ToArbitrary(), Gen.Choose(0, 10_000_000).ToArbitrary(), (scene, seconds) =>
        {
            var (one, other) = (scene.At(scene.Instant), scene.At(scene.Instant.AddSeconds(seconds)));
            Assert.True(one.Start <= other.Start && one.End <= other.End);
            Assert.Equal(one == other, one.Id == other.Id);
            Assert.Equal(one == other, one.Start == other.Start);
            Assert.Equal(one.Start.CompareTo(other.Start), Math.Sign(string.CompareOrdinal(one.Id, other.Id)));
        }));

    [Fact]
    public void WindowAt_WindowOfDates_BeginsWhenClocksFirstShowItsDate() => ForAny(scene =>
    {
        if (scene.Period is BudgetPeriod.Minute or BudgetPeriod.Hour)
        {
            return;
        }

        var start = scene.At(scene.Instant).Start;
        var midnight = scene.Local(start).Date;
        Assert.True(scene.Local(start.AddTicks(-1)) < midnight);
        for (var minutes = 0; minutes < 30 * 60; minutes += 7)
        {
            Assert.True(scene.Local(start.AddMinutes(-minutes - 1)) < midnight);
        }
    });

    [Fact]
    public void WindowAt_WindowOfClocks_IsWholeUnlessTheOffsetChangesByLess() => ForAny(scene =>
    {
        var length = scene.Period switch { BudgetPeriod.Minute => TimeSpan.FromMinutes(1), BudgetPeriod.Hour => TimeSpan.FromHours(1), _ => TimeSpan.Zero };
        if (length == TimeSpan.Zero)
        {
            return;
        }

        var window = scene.At(scene.Instant);
        var isCut = scene.Zone.GetUtcOffset(window.Start.AddTicks(-1)) != scene.Zone.GetUtcOffset(window.Start)
            || scene.Zone.GetUtcOffset(window.End.AddTicks(-1)) != scene.Zone.GetUtcOffset(window.End);
        Assert.True(isCut ? window.End - window.Start <= length : window.End - window.Start == length);
        Assert.True(isCut || scene.Local(window.Start).Ticks % length.Ticks == 0);
    });

    [Fact]
    public void WindowAt_FiscalWeeks_AreWholeAndTheirYearBeginsNearItsDate() => ForAny(scene =>
    {
        if (scene.Fiscal is not FiscalWeeks weeks)
        {
            return;
        }

        var date = DateOnly.FromDateTime(scene.Instant.UtcDateTime);
        var lengths = new List<int>();
        var starts = new List<DateOnly>();
        for (var month = 0; month < 13; month++)
        {
            var (start, next) = FiscalDates.MonthOf(date, weeks);
            Assert.Equal(weeks.FirstDay, start.DayOfWeek);
            lengths.Add((next.DayNumber - start.DayNumber) / 7);
            starts.Add(start);
            Assert.Equal(0, (next.DayNumber - start.DayNumber) % 7);
            date = next;
        }

        Assert.All(lengths, length => Assert.InRange(length, 4, 6));
        Assert.InRange(lengths.Take(12).Sum(), 52, 53);
        Assert.Contains(starts, start => Enumerable.Range(start.Year - 1, 3)
            .Any(year => Math.Abs(new DateOnly(year, weeks.NearMonth, weeks.NearDay).DayNumber - start.DayNumber) <= 3));
    });

    [Fact]
    public void WindowAt_DayAfterDay_LeavesNothingOut() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(100),
        Prop.ForAll(Scenes.ToArbitrary(), scene =>
        {
            var daily = scene with { Period = BudgetPeriod.Day };
            var window = daily.At(scene.Instant);
            for (var day = 0; day < 400; day++)
            {
                var next = daily.At(window.End);
                Assert.Equal(window.End, next.Start);
                Assert.True(next.End > next.Start);
                window = next;
            }
        }));

    private static void ForAny(Action<Scene> holds) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Scenes.ToArbitrary(), holds));

    /// <summary>A moment of the first 63 years, or one within two days or so of the first change of clocks after it.</summary>
    private static DateTimeOffset Instant(TimeZoneInfo zone, int seconds, bool isNearAChange, int offset)
    {
        var instant = Earliest.AddSeconds(seconds);
        if (!isNearAChange)
        {
            return instant;
        }

        var step = TimeSpan.FromDays(2);
        for (var before = instant; before < Latest; before += step)
        {
            if (zone.GetUtcOffset(before) != zone.GetUtcOffset(before + step))
            {
                // Half of them right at the change, where the ticks are told apart.
                return OffsetChange.Between(zone, before, before + step).AddSeconds(offset % 2 == 0 ? 0 : offset);
            }
        }

        return instant;
    }

    private sealed record Scene(BudgetPeriod Period, TimeZoneInfo Zone, FiscalCalendar Fiscal, DateTimeOffset Instant)
    {
        public BudgetWindow At(DateTimeOffset instant) => BudgetCalendar.WindowAt(Period, Zone, Fiscal, instant);

        public DateTime Local(DateTimeOffset instant) => (instant.ToUniversalTime() + Zone.GetUtcOffset(instant)).DateTime;
    }
}
