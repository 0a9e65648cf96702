using System.Buffers;

namespace Gateway.Contracts.Sse;

/// <summary>
/// Cuts a byte stream into server-sent events, whatever way the network tore it (WHATWG HTML, section 9.2 "Server-sent events"):
/// lines end with LF, CRLF or CR, an event ends with a blank line, <c>:</c> starts a comment, several <c>data:</c> lines make one
/// value. It works on bytes, so no character is ever split, and hands each event out with its bytes untouched.
/// </summary>
/// <param name="maxEventBytes">The largest event that is accepted, in bytes.</param>
public sealed class SseFramer(int maxEventBytes) : IDisposable
{
    private const int InitialCapacity = 4096;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialCapacity);
    private byte[]? _joined;
    private int _start;
    private int _scanned;
    private int _lineStart;
    private int _end;

    // The last event handed out ended with a CR that was the last byte so far; an LF that follows belongs to that line end.
    private bool _mayFollowLineFeed;
    private bool _isBehindFirst;

    /// <summary>Adds bytes from the network.</summary>
    /// <exception cref="InvalidDataException">An event grew beyond the largest size.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_end - _start + bytes.Length > maxEventBytes && _end - _start > 0)
        {
            throw new InvalidDataException($"A server-sent event is larger than {maxEventBytes} bytes.");
        }

        MakeRoom(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Takes the next complete event out.</summary>
    public bool TryRead(out SseEvent result)
    {
        while (_scanned < _end)
        {
            var offset = _buffer.AsSpan(_scanned, _end - _scanned).IndexOfAny((byte)'\n', (byte)'\r');
            if (offset < 0)
            {
                _scanned = _end;
                break;
            }

            var lineEnd = _scanned + offset;
            if (_mayFollowLineFeed && lineEnd == _start && _buffer[lineEnd] == (byte)'\n')
            {
                _mayFollowLineFeed = false;
                _scanned = _lineStart = lineEnd + 1;
                continue;
            }

            _mayFollowLineFeed = false;
            var isCarriageReturn = _buffer[lineEnd] == (byte)'\r';
            var isBlank = lineEnd == _lineStart;
            if (isCarriageReturn && lineEnd + 1 == _end && !isBlank)
            {
                // Perhaps half of a CRLF: the next bytes tell.
                _scanned = lineEnd;
                break;
            }

            var next = lineEnd + (isCarriageReturn && lineEnd + 1 < _end && _buffer[lineEnd + 1] == (byte)'\n' ? 2 : 1);
            _scanned = _lineStart = next;
            if (isBlank)
            {
                _mayFollowLineFeed = isCarriageReturn && next == _end;
                result = Take(next);
                return true;
            }
        }

        result = default;
        return false;
    }

    /// <summary>Takes what is left at the end of the stream: some servers leave out the last blank line.</summary>
    public bool TryReadLast(out SseEvent result)
    {
        var hasRest = _end > _start;
        result = hasRest ? Take(_end) : default;
        return hasRest;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        if (_joined is not null)
        {
            ArrayPool<byte>.Shared.Return(_joined);
            _joined = null;
        }
    }

    private SseEvent Take(int end)
    {
        var raw = _buffer.AsSpan(_start, end - _start);
        _start = _scanned = _lineStart = end;

        // One byte order mark may lead the stream, and belongs to no line.
        var text = !_isBehindFirst && raw.StartsWith(ByteOrderMark) ? raw[ByteOrderMark.Length..] : raw;
        _isBehindFirst = true;
        return new SseEvent { Raw = raw, Data = DataOf(text) };
    }

    private ReadOnlySpan<byte> DataOf(ReadOnlySpan<byte> raw)
    {
        ReadOnlySpan<byte> single = default;
        var length = raw.Length;
        int lines = 0, joinedLength = 0;
        while (!raw.IsEmpty)
        {
            var lineEnd = raw.IndexOfAny((byte)'\n', (byte)'\r');
            var line = lineEnd < 0 ? raw : raw[..lineEnd];
            raw = lineEnd < 0 ? default : raw[(lineEnd + 1)..];
            if (!line.StartsWith("data"u8) || (line.Length > 4 && line[4] != (byte)':'))
            {
                continue;
            }

            var value = line.Length > 5 ? line[(line[5] == (byte)' ' ? 6 : 5)..] : default;
            if (lines++ == 0)
            {
                single = value;
                continue;
            }

            if (lines == 2)
            {
                RentJoined(length);
                single.CopyTo(_joined);
                joinedLength = single.Length;
            }

            _joined![joinedLength++] = (byte)'\n';
            value.CopyTo(_joined.AsSpan(joinedLength));
            joinedLength += value.Length;
        }

        return lines > 1 ? _joined.AsSpan(0, joinedLength) : single;
    }

    private void RentJoined(int length)
    {
        if (_joined is null || _joined.Length < length)
        {
            if (_joined is not null)
            {
                ArrayPool<byte>.Shared.Return(_joined);
            }

            _joined = ArrayPool<byte>.Shared.Rent(length);
        }
    }

    private void MakeRoom(int count)
    {
        if (_end + count <= _buffer.Length)
        {
            return;
        }

        var used = _end - _start;
        var target = used + count <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(used + count);
        _buffer.AsSpan(_start, used).CopyTo(target);
        if (!ReferenceEquals(target, _buffer))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        _scanned -= _start;
        _lineStart -= _start;
        _end = used;
        _start = 0;
    }
}
