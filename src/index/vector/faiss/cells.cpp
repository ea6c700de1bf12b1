// Vectors that are not plain floats: halves, bits and sparse ones, packed into cells that the Rust
// side owns, with the exact distance kernels, FAISS's HNSW graphs over them, and its k-means.
//
// A graph keeps links alone. Where the cells lie is told with every call, so that they may be mapped
// files or growing memory. No exception crosses the C interface; callers have checked all sizes.

#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/impl/DistanceComputer.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/index_io.h>
#include <faiss/utils/distances.h>

#ifdef __F16C__
#include <immintrin.h>
#endif

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <vector>

namespace {

// Order of `Kind` in cell.rs.
enum Kind : int { FLOAT = 0, HALF = 1, BITS = 2, SPARSE = 3 };

// Order of `Metric` in graph.rs.
enum Metric : int { L2 = 0, INNER_PRODUCT = 1, L1 = 2, COSINE = 3, HAMMING = 4, JACCARD = 5 };

template <class Verb>
int guarded(char* error, size_t error_bytes, Verb verb) {
    try {
        verb();
        return 0;
    } catch (const std::exception& exception) {
        std::snprintf(error, error_bytes, "%s", exception.what());
    } catch (...) {
        std::snprintf(error, error_bytes, "unknown C++ exception");
    }
    return 1;
}

struct Cell {
    const uint8_t* bytes;
    size_t size;
};

template <class T>
inline T read(const uint8_t* bytes, size_t at) {
    T value;
    std::memcpy(&value, bytes + at * sizeof value, sizeof value);
    return value;
}

// Layout of `CellsView` in cells.rs: cells of one width, or, if that is 0, each up to its end.
struct Cells {
    const uint8_t* bytes;
    const uint8_t* ends;
    size_t width;

    Cell at(size_t i) const {
        if (width) {
            return {bytes + i * width, width};
        }
        uint64_t start = i ? read<uint64_t>(ends, i - 1) : 0;
        return {bytes + start, (size_t)(read<uint64_t>(ends, i) - start)};
    }
};

typedef float Lanes __attribute__((vector_size(32), aligned(1)));
typedef int32_t Bits __attribute__((vector_size(32)));

inline float total(Lanes a) {
    return ((a[0] + a[4]) + (a[1] + a[5])) + ((a[2] + a[6]) + (a[3] + a[7]));
}

struct Floats {
    const uint8_t* bytes;
    Lanes lanes(size_t i) const {
        return *(const Lanes*)(bytes + i * sizeof(float));
    }
    float one(size_t i) const {
        return read<float>(bytes, i);
    }
};

// Stored halves are finite.
struct Halves {
    const uint8_t* bytes;
    static float widen(uint16_t half) {
        uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
        float value;
        std::memcpy(&value, &magnitude, sizeof value);
        value *= 0x1p112f;
        return half & 0x8000 ? -value : value;
    }
    Lanes lanes(size_t i) const {
#ifdef __F16C__
        return (Lanes)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i*)(bytes + i * 2)));
#else
        Lanes lanes;
        for (size_t lane = 0; lane < 8; lane++) {
            lanes[lane] = one(i + lane);
        }
        return lanes;
#endif
    }
    float one(size_t i) const {
        return widen(read<uint16_t>(bytes, i));
    }
};

struct Squared {
    static Lanes step(Lanes a, Lanes b) {
        Lanes d = a - b;
        return d * d;
    }
    static float one(float a, float b) {
        return (a - b) * (a - b);
    }
};

struct Product {
    static Lanes step(Lanes a, Lanes b) {
        return a * b;
    }
    static float one(float a, float b) {
        return a * b;
    }
};

struct Taxicab {
    static Lanes step(Lanes a, Lanes b) {
        const Bits positive = {0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff,
                               0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff};
        return (Lanes)((Bits)(a - b) & positive);
    }
    static float one(float a, float b) {
        return std::fabs(a - b);
    }
};

template <class Step, class Load>
inline float folded(Load a, Load b, size_t dim) {
    Lanes s0 = {}, s1 = {}, s2 = {}, s3 = {};
    size_t i = 0;
    for (; i + 32 <= dim; i += 32) {
        s0 += Step::step(a.lanes(i), b.lanes(i));
        s1 += Step::step(a.lanes(i + 8), b.lanes(i + 8));
        s2 += Step::step(a.lanes(i + 16), b.lanes(i + 16));
        s3 += Step::step(a.lanes(i + 24), b.lanes(i + 24));
    }
    for (; i + 8 <= dim; i += 8) {
        s0 += Step::step(a.lanes(i), b.lanes(i));
    }
    float sum = total((s0 + s1) + (s2 + s3));
    for (; i < dim; i++) {
        sum += Step::one(a.one(i), b.one(i));
    }
    return sum;
}

// 1 - cosine similarity; zero vectors are not indexed.
inline float angle(float product, float a_square, float b_square) {
    double similarity = (double)product / std::sqrt((double)a_square * (double)b_square);
    return (float)(1.0 - std::fmin(1.0, std::fmax(-1.0, similarity)));
}

template <class Load>
inline float cosine(Load a, float a_square, Load b, size_t dim) {
    Lanes p0 = {}, p1 = {}, q0 = {}, q1 = {};
    size_t i = 0;
    for (; i + 16 <= dim; i += 16) {
        Lanes x = b.lanes(i), y = b.lanes(i + 8);
        p0 += a.lanes(i) * x;
        q0 += x * x;
        p1 += a.lanes(i + 8) * y;
        q1 += y * y;
    }
    float product = total(p0 + p1), square = total(q0 + q1);
    for (; i < dim; i++) {
        float x = b.one(i);
        product += a.one(i) * x;
        square += x * x;
    }
    return angle(product, a_square, square);
}

// A query, with what is computed of it once.
struct Query {
    Cell cell;
    // The squared norm, for COSINE.
    float square;
};

typedef float (*Measure)(const Query&, Cell, size_t dim);
typedef float (*Square)(Cell, size_t dim);

template <class Step, class Load, int sign>
float dense(const Query& query, Cell cell, size_t dim) {
    return sign * folded<Step>(Load{query.cell.bytes}, Load{cell.bytes}, dim);
}

template <class Load>
float dense_cosine(const Query& query, Cell cell, size_t dim) {
    return cosine(Load{query.cell.bytes}, query.square, Load{cell.bytes}, dim);
}

template <class Load>
float dense_square(Cell cell, size_t dim) {
    return folded<Product>(Load{cell.bytes}, Load{cell.bytes}, dim);
}

// Indices first, ascending, then the values.
struct Sparse {
    const uint8_t* bytes;
    size_t count;
    explicit Sparse(Cell cell) : bytes(cell.bytes), count(cell.size / 8) {}
    uint32_t index(size_t i) const {
        return read<uint32_t>(bytes, i);
    }
    float value(size_t i) const {
        return read<float>(bytes, count + i);
    }
};

// Sums `Step` over all indices that one of the two has; the other's value is zero then.
template <class Step, int sign>
float sparse(const Query& query, Cell cell, size_t) {
    Sparse a(query.cell), b(cell);
    size_t i = 0, j = 0;
    float sum = 0;
    while (i < a.count && j < b.count) {
        uint32_t x = a.index(i), y = b.index(j);
        float v = x <= y ? a.value(i) : 0, w = y <= x ? b.value(j) : 0;
        i += x <= y;
        j += y <= x;
        sum += Step::one(v, w);
    }
    for (; i < a.count; i++) {
        sum += Step::one(a.value(i), 0);
    }
    for (; j < b.count; j++) {
        sum += Step::one(0, b.value(j));
    }
    return sign * sum;
}

float sparse_square(Cell cell, size_t) {
    Sparse a(cell);
    float sum = 0;
    for (size_t i = 0; i < a.count; i++) {
        sum += a.value(i) * a.value(i);
    }
    return sum;
}

float sparse_cosine(const Query& query, Cell cell, size_t dim) {
    return angle(sparse<Product, 1>(query, cell, dim), query.square, sparse_square(cell, dim));
}

// Cells of bits are whole words, filled up with zeros.
float hamming(const Query& query, Cell cell, size_t) {
    size_t count = 0;
    for (size_t i = 0; i < cell.size / 8; i++) {
        uint64_t a = read<uint64_t>(query.cell.bytes, i), b = read<uint64_t>(cell.bytes, i);
        count += __builtin_popcountll(a ^ b);
    }
    return (float)count;
}

float jaccard(const Query& query, Cell cell, size_t) {
    size_t shared = 0, all = 0;
    for (size_t i = 0; i < cell.size / 8; i++) {
        uint64_t a = read<uint64_t>(query.cell.bytes, i), b = read<uint64_t>(cell.bytes, i);
        shared += __builtin_popcountll(a & b);
        all += __builtin_popcountll(a | b);
    }
    return shared ? (float)(1.0 - (double)shared / (double)all) : 1.0f;
}

template <class Load>
Measure dense_measure(int metric) {
    switch (metric) {
        case INNER_PRODUCT:
            return dense<Product, Load, -1>;
        case L1:
            return dense<Taxicab, Load, 1>;
        case COSINE:
            return dense_cosine<Load>;
        default:
            return dense<Squared, Load, 1>;
    }
}

Measure measure_of(int kind, int metric) {
    switch (kind) {
        case FLOAT:
            return dense_measure<Floats>(metric);
        case HALF:
            return dense_measure<Halves>(metric);
        case BITS:
            return metric == JACCARD ? jaccard : hamming;
        default:
            switch (metric) {
                case INNER_PRODUCT:
                    return sparse<Product, -1>;
                case L1:
                    return sparse<Taxicab, 1>;
                case COSINE:
                    return sparse_cosine;
                default:
                    return sparse<Squared, 1>;
            }
    }
}

// `nullptr` where no norm is needed.
Square square_of(int kind, int metric) {
    if (metric != COSINE) {
        return nullptr;
    }
    switch (kind) {
        case FLOAT:
            return dense_square<Floats>;
        case HALF:
            return dense_square<Halves>;
        default:
            return sparse_square;
    }
}

// What is measured and how.
struct Space {
    Measure measure;
    Square square;
    size_t dim;

    Space(int kind, int metric, size_t dim)
            : measure(measure_of(kind, metric)), square(square_of(kind, metric)), dim(dim) {}

    Query query(Cell cell) const {
        return {cell, square ? square(cell, dim) : 0};
    }
};

// What a search hands through FAISS in place of a vector.
struct Asked {
    Cells cells;
    Cell query;
};

// The storage that FAISS's graph asks for distances. It counts cells and holds none.
struct Storage : faiss::Index {
    Space space;
    // While vertices are added: the cells, and the vector that stands for the first new one.
    Cells cells{};
    const float* anchor = nullptr;
    size_t first = 0;

    Storage(Space space, faiss::idx_t count) : faiss::Index(1, faiss::METRIC_L2), space(space) {
        ntotal = count;
        is_trained = true;
    }

    void add(faiss::idx_t n, const float*) override {
        ntotal += n;
    }
    void search(
            faiss::idx_t, const float*, faiss::idx_t, float*, faiss::idx_t*,
            const faiss::SearchParameters*) const override {
        FAISS_THROW_MSG("the storage of a graph is not searched");
    }
    void reset() override {
        ntotal = 0;
    }
    faiss::DistanceComputer* get_distance_computer() const override;
};

struct Computer : faiss::DistanceComputer {
    const Storage& storage;
    Cells cells;
    Query query{};

    explicit Computer(const Storage& storage) : storage(storage), cells(storage.cells) {}

    void set_query(const float* x) override {
        if (storage.anchor) {
            query = storage.space.query(cells.at(storage.first + (size_t)(x - storage.anchor)));
            return;
        }
        auto asked = reinterpret_cast<const Asked*>(x);
        cells = asked->cells;
        query = storage.space.query(asked->query);
    }
    float operator()(faiss::idx_t i) override {
        return storage.space.measure(query, cells.at((size_t)i), storage.space.dim);
    }
    // A walk asks for four neighbours at a time, at random places: all are on their way before the
    // first is measured.
    void distances_batch_4(
            const faiss::idx_t i0, const faiss::idx_t i1, const faiss::idx_t i2,
            const faiss::idx_t i3, float& d0, float& d1, float& d2, float& d3) override {
        const Cell four[] = {
                cells.at((size_t)i0), cells.at((size_t)i1), cells.at((size_t)i2),
                cells.at((size_t)i3)};
        for (const Cell& cell : four) {
            for (size_t byte = 0; byte < cell.size && byte < 1024; byte += 64) {
                __builtin_prefetch(cell.bytes + byte);
            }
        }
        d0 = storage.space.measure(query, four[0], storage.space.dim);
        d1 = storage.space.measure(query, four[1], storage.space.dim);
        d2 = storage.space.measure(query, four[2], storage.space.dim);
        d3 = storage.space.measure(query, four[3], storage.space.dim);
    }
    float symmetric_dis(faiss::idx_t i, faiss::idx_t j) override {
        Query one = storage.space.query(cells.at((size_t)i));
        return storage.space.measure(one, cells.at((size_t)j), storage.space.dim);
    }
};

faiss::DistanceComputer* Storage::get_distance_computer() const {
    return new Computer(*this);
}

// FAISS writes and reads graphs by their class; this one's storage is replaced by ours.
typedef faiss::IndexHNSWFlat Graph;

void own(Graph* graph, Space space) {
    if (graph->own_fields) {
        delete graph->storage;
    }
    graph->storage = new Storage(space, graph->ntotal);
    graph->own_fields = true;
}

} // namespace

extern "C" {

int fathom_net_new(
        int kind, int metric, size_t dim, int m, int ef_construction, Graph** out, char* error,
        size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        auto graph = std::make_unique<Graph>(1, m, faiss::METRIC_L2);
        graph->hnsw.efConstruction = ef_construction;
        own(graph.get(), Space(kind, metric, dim));
        *out = graph.release();
    });
}

// Takes in the cells from the graph's length up to `total`.
int fathom_net_add(
        Graph* graph, const Cells* cells, size_t total, char* error, size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        auto storage = static_cast<Storage*>(graph->storage);
        size_t count = total - (size_t)graph->ntotal;
        std::vector<float> anchor(count);
        storage->cells = *cells;
        storage->first = (size_t)graph->ntotal;
        storage->anchor = anchor.data();
        try {
            graph->add((faiss::idx_t)count, anchor.data());
        } catch (...) {
            storage->anchor = nullptr;
            throw;
        }
        storage->anchor = nullptr;
        storage->cells = Cells{};
    });
}

// `bitmap` has a bit for each vector, or is null: all of them. Unfound places have label -1.
int fathom_net_search(
        const Graph* graph, const Cells* cells, const uint8_t* query, size_t query_size, size_t k,
        size_t ef, const uint8_t* bitmap, size_t bitmap_bytes, float* out, int64_t* labels,
        char* error, size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        faiss::SearchParametersHNSW params;
        params.efSearch = (int)ef;
        faiss::IDSelectorBitmap selector(bitmap_bytes, bitmap);
        if (bitmap) {
            params.sel = &selector;
        }
        Asked asked{*cells, {query, query_size}};
        auto vector = reinterpret_cast<const float*>(&asked);
        graph->search(1, vector, (faiss::idx_t)k, out, labels, &params);
    });
}

int fathom_net_write(const Graph* graph, const char* path, char* error, size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        faiss::write_index(graph, path, faiss::IO_FLAG_SKIP_STORAGE);
    });
}

// A mapped graph can be searched but not added to.
int fathom_net_read(
        const char* path, int mapped, int kind, int metric, size_t dim, Graph** out, char* error,
        size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        std::unique_ptr<faiss::Index> index(
                faiss::read_index(path, mapped ? faiss::IO_FLAG_MMAP_IFC : 0));
        auto graph = dynamic_cast<Graph*>(index.get());
        FAISS_THROW_IF_NOT_MSG(graph && !graph->storage, "not a graph without vectors");
        own(graph, Space(kind, metric, dim));
        index.release();
        *out = graph;
    });
}

void fathom_net_free(Graph* graph) {
    delete graph;
}

size_t fathom_net_len(const Graph* graph) {
    return (size_t)graph->ntotal;
}

// Exact distances of `n` cells: those of `ids`, or the first `n` if it is null.
void fathom_cells_distances(
        int kind, int metric, size_t dim, const Cells* cells, const uint8_t* query,
        size_t query_size, const uint32_t* ids, size_t n, float* out) {
    Space space(kind, metric, dim);
    Query asked = space.query({query, query_size});
    const size_t ahead = 4;
    for (size_t i = 0; i < n; i++) {
        if (ids && i + ahead < n) {
            Cell next = cells->at(ids[i + ahead]);
            for (size_t byte = 0; byte < next.size && byte < 1024; byte += 64) {
                __builtin_prefetch(next.bytes + byte);
            }
        }
        out[i] = space.measure(asked, cells->at(ids ? ids[i] : i), dim);
    }
}

// k-means: `k` centroids of the `n` vectors at `x`; `n >= k`. On the unit sphere if `spherical`.
int fathom_train(
        size_t dim, size_t n, const float* x, size_t k, int spherical, float* centroids,
        char* error, size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        faiss::ClusteringParameters parameters;
        parameters.niter = 10;
        parameters.spherical = spherical != 0;
        // Callers have chosen k by the number of vectors; FAISS would warn on stderr.
        parameters.min_points_per_centroid = 1;
        faiss::Clustering clustering((int)dim, (int)k, parameters);
        faiss::IndexFlatL2 index((faiss::idx_t)dim);
        clustering.train((faiss::idx_t)n, x, index);
        std::memcpy(centroids, clustering.centroids.data(), k * dim * sizeof(float));
    });
}

// The nearest of `k` centroids of each of the `n` vectors at `x`.
int fathom_assign(
        size_t dim, size_t k, const float* centroids, size_t n, const float* x, int64_t* labels,
        char* error, size_t error_bytes) {
    return guarded(error, error_bytes, [&] {
        std::vector<float> distances(n);
        faiss::knn_L2sqr(x, centroids, dim, n, k, (size_t)1, distances.data(), labels);
    });
}

} // extern "C"
