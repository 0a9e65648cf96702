namespace Gateway.Providers.Local;

/// <summary>The seeds of the choices of one request.</summary>
internal static class ChoiceSeed
{
    // The increment and the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    private const ulong Increment = 0x9E37_79B9_7F4A_7C15;

    /// <summary>
    /// The first choice has the request's own seed, so that asking for more choices does not change it; the others have seeds that follow
    /// from it. Null stays null: then each choice draws its own.
    /// </summary>
    public static long? Of(long? seed, int choice)
    {
        if (seed is not { } first || choice == 0)
        {
            return seed;
        }

        var mixed = (ulong)first + (Increment * (ulong)choice);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return (long)(mixed ^ (mixed >> 31));
    }
}
