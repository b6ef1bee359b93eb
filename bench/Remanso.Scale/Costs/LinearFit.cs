namespace Remanso.Scale.Costs;

/// <summary>Finds how much of each quantity makes up what was measured: least squares of the relative errors, and nothing
/// below zero.</summary>
internal static class LinearFit
{
    /// <param name="rows">The quantities of each measurement, and what it came to.</param>
    /// <returns>What one of each quantity costs.</returns>
    public static double[] Solve(IReadOnlyList<(double[] Quantities, double Total)> rows)
    {
        var used = Enumerable.Range(0, rows[0].Quantities.Length).ToList();
        while (true)
        {
            var found = Solve(rows, used);
            var worst = used.Index().MinBy(item => found[item.Index]);
            if (found[worst.Index] >= 0)
            {
                var result = new double[rows[0].Quantities.Length];
                foreach (var (index, quantity) in used.Index())
                {
                    result[quantity] = found[index];
                }

                return result;
            }

            used.RemoveAt(worst.Index);
        }
    }

    private static double[] Solve(IReadOnlyList<(double[] Quantities, double Total)> rows, List<int> used)
    {
        // The normal equations, each row divided by its total.
        var size = used.Count;
        var matrix = new double[size, size + 1];
        foreach (var (quantities, total) in rows)
        {
            for (var i = 0; i < size; i++)
            {
                for (var j = 0; j < size; j++)
                {
                    matrix[i, j] += quantities[used[i]] * quantities[used[j]] / (total * total);
                }

                matrix[i, size] += quantities[used[i]] / total;
            }
        }

        for (var pivot = 0; pivot < size; pivot++)
        {
            for (var row = 0; row < size; row++)
            {
                var factor = row == pivot ? 0 : matrix[row, pivot] / matrix[pivot, pivot];
                for (var column = pivot; column <= size; column++)
                {
                    matrix[row, column] -= factor * matrix[pivot, column];
                }
            }
        }

        return [.. Enumerable.Range(0, size).Select(row => matrix[row, size] / matrix[row, row])];
    }
}
