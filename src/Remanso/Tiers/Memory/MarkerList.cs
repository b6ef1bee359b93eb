namespace Remanso.Tiers.Memory;

// Sorted by Marker.Since, so the first one is the oldest. Most come with a growing one, and are put at the end at once.

/// <summary>Markers in the order in which they came, linked through themselves: any of them leaves in O(1), nothing is allocated.</summary>
internal sealed class MarkerList
{
    private Marker? _last;

    /// <summary>The oldest marker; null when there is none.</summary>
    internal Marker? First { get; private set; }

    /// <summary>Adds a marker that is in no list.</summary>
    internal void Append(Marker marker)
    {
        marker.List = this;
        marker.Previous = _last;
        if (_last is null)
        {
            First = marker;
        }
        else
        {
            _last.Next = marker;
        }

        _last = marker;
    }

    /// <summary>Adds a marker that is in no list behind those that are as old or older.</summary>
    internal void Insert(Marker marker)
    {
        if (_last is null || _last.Since <= marker.Since)
        {
            Append(marker);
            return;
        }

        // One that is older than the last has its place before that.
        var next = First!;
        while (next.Since <= marker.Since)
        {
            next = next.Next!;
        }

        marker.List = this;
        marker.Next = next;
        marker.Previous = next.Previous;
        if (next.Previous is null)
        {
            First = marker;
        }
        else
        {
            next.Previous.Next = marker;
        }

        next.Previous = marker;
    }

    /// <summary>Removes a marker that is in this list.</summary>
    internal void Remove(Marker marker)
    {
        if (marker.Previous is null)
        {
            First = marker.Next;
        }
        else
        {
            marker.Previous.Next = marker.Next;
        }

        if (marker.Next is null)
        {
            _last = marker.Previous;
        }
        else
        {
            marker.Next.Previous = marker.Previous;
        }

        marker.Previous = marker.Next = null;
        marker.List = null;
    }
}
