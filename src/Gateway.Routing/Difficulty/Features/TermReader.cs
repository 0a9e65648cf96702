namespace Gateway.Routing.Difficulty.Features;

/// <summary>The hashes of the terms that one token ends: the token itself and the pair with the token before it.</summary>
internal struct TermReader
{
    public const int MaxTermsPerToken = 2;

    private uint _previous;

    /// <summary>Writes up to <see cref="MaxTermsPerToken"/> hashes and returns how many. The token's own hash is the first.</summary>
    public int Read(in TextToken token, Span<uint> hashes)
    {
        int count = 0;
        hashes[count++] = token.Hash;
        if (_previous != 0)
        {
            hashes[count++] = TermHash.OfBigram(_previous, token.Hash);
        }

        _previous = token.Hash;
        return count;
    }
}
