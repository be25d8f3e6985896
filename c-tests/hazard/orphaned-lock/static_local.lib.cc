// The C++ half of static_local.c.
extern "C" int construct();

struct Thing {
    int value;
    Thing() : value(construct()) {}
};

extern "C" int the_thing() {
    static Thing thing;
    return thing.value;
}
